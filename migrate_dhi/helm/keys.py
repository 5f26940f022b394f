"""Templates that make keys and certificates: in the scratch copy they make those of elliptic curves.

Each RSA key takes a second of a render, and comes out otherwise each time, so that nothing can depend on it; a chart of
forty parts took four seconds for each of a hundred renders. Sprig has a function beside each that takes the key.
"""

from migrate_dhi.regex import regex

_KEY = regex(r'\bgenPrivateKey\s+"rsa"')
# Behind a pipe its last argument comes from there, and the key would be another one.
_CERTIFICATE = regex(r"(?<![|\w.])(?<!\|\s)\b(genCA|genSelfSignedCert|genSignedCert)(?=\s)")
_NAMES = ("genPrivateKey", "genCA", "genSelfSignedCert", "genSignedCert")


def quick(text: str) -> str:
    """The text of a template with keys that are made quickly."""
    if not any(name in text for name in _NAMES):
        return text
    return _CERTIFICATE.sub(r'genPrivateKey "ecdsa" | \1WithKey', _KEY.sub('genPrivateKey "ecdsa"', text))
