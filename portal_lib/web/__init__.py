"""The Voilà side: one shared server for the customer pages, their kernels, files and exports."""
