"""Why somebody of the staff can't come in by single sign-on, or can't be added, linked or changed."""

from portal_lib.refused import Refused


class NoStaffGroup(Refused):
    it = (
        "L'accesso è riuscito, ma il tuo utente non è in nessuno dei gruppi che possono usare il portale. "
        "Chiedi a chi gestisce gli utenti aziendali di aggiungerti, poi riprova."
    )
    en = (
        "You signed on, but you are in none of the groups that may use the portal. Ask whoever manages your "
        "organisation's users to add you, then try again."
    )


class NoStaffLogin(Refused):
    """The provider gave no login name that can be one of ours; ``claim`` is where we looked."""

    it = (
        "L'accesso è riuscito, ma il tuo utente non ha un nome utilizzabile nel campo «{claim}»: da 2 a 32 "
        "caratteri fra lettere minuscole, cifre e i segni . _ -, iniziando con una lettera. Segnalalo a chi "
        "gestisce il portale."
    )
    en = (
        "You signed on, but your user has no usable login name in “{claim}”: 2 to 32 lower-case letters, digits and "
        ". _ -, starting with a letter. Tell whoever runs the portal."
    )


class BadSubject(Refused):
    it = "L'identità ricevuta dall'accesso aziendale non si può usare. Segnalalo a chi gestisce il portale."
    en = "The identity at the sign-on can't be used: a “sub” is at most 255 ASCII characters without spaces."


class SignOnNameTaken(Refused):
    it = (
        "Il nome «{login}» appartiene già a un altro account del portale, che non è collegato al tuo utente "
        "aziendale. Chiedi a chi gestisce il portale di collegarlo (portal staff link)."
    )
    en = (
        "The name “{login}” belongs to another account of the portal that is not linked to your user. Ask whoever runs "
        "the portal to link it (portal staff link)."
    )


class SignOnFailed(Refused):
    """The provider answered, but not with what can be believed."""

    it = "L'accesso del personale non è riuscito. Riprova; se si ripete, segnalalo a chi gestisce il portale."
    en = "The staff sign-on did not succeed. Try again; if it happens again, tell whoever runs the portal."


class SignOnDenied(Refused):
    it = "Il servizio di accesso aziendale non ha confermato l'accesso. Se hai annullato, puoi riprovare."
    en = "The sign-on service did not confirm the sign-on. If you cancelled it, you can try again."


class SignOnInterrupted(Refused):
    """The answer belongs to no question that this browser asked: a forged, repeated or very old one."""

    it = "Questo accesso non è stato iniziato da questo browser, oppure è passato troppo tempo. Riprova da qui."
    en = "This sign-on was not started in this browser, or too much time has passed. Start again from here."


class SignOnAway(Refused):
    it = "Il servizio di accesso aziendale non risponde. Riprova fra qualche minuto."
    en = "The sign-on service does not answer. Try again in a few minutes."


class NoSuchStaff(Refused):
    it = "Nessuno del personale ha il nome «{login}»: controllalo."
    en = "Nobody of the staff has the login “{login}”: look it up with `portal staff list`."


class SubjectTaken(Refused):
    it = "Quell'identità appartiene già all'account «{login}»."
    en = "That identity belongs to the account “{login}” already."


class NoIssuer(Refused):
    it = "Manca l'impostazione sign_on_issuer: senza, non c'è un accesso aziendale a cui collegare l'account."
    en = "The setting sign_on_issuer is missing: without it there is no sign-on to link an account to."
