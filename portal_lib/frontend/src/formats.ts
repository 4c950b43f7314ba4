// Numbers and dates as bqplot's d3 writes them, in the page's language; build.mjs puts these in the place of d3's own.

const SPACE = "\u00a0";

const ITALIAN = {
  numbers: { decimal: ",", thousands: ".", grouping: [3], currency: ["", `${SPACE}€`], minus: "−", percent: "%" },
  times: {
    dateTime: "%A %e %B %Y, %X",
    date: "%d/%m/%Y",
    time: "%H:%M:%S",
    periods: ["AM", "PM"],
    days: ["domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"],
    shortDays: ["dom", "lun", "mar", "mer", "gio", "ven", "sab"],
    months: [
      "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
      "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
    ],
    shortMonths: ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"],
  },
};

// English as Europe writes it: no American dates.
const ENGLISH = {
  numbers: { decimal: ".", thousands: ",", grouping: [3], currency: ["€", ""], minus: "−", percent: "%" },
  times: {
    dateTime: "%A %e %B %Y, %X",
    date: "%d/%m/%Y",
    time: "%H:%M:%S",
    periods: ["AM", "PM"],
    days: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    shortDays: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    months: [
      "January", "February", "March", "April", "May", "June",
      "July", "August", "September", "October", "November", "December",
    ],
    shortMonths: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  },
};

export const formatsOf = (language: string) => (language === "en" ? ENGLISH : ITALIAN);

const browser = typeof document !== "undefined";

/** `nonce` lets bqplot's own style sheet pass the page's content security policy. */
export const formats = {
  ...formatsOf(browser ? document.documentElement.lang : "it"),
  nonce: browser ? (document.currentScript as HTMLScriptElement | null)?.nonce : undefined,
};
