package wire

// MaxDigestList bounds a list of digests, in bytes: one of 50,000 segments fits.
const MaxDigestList = 4 << 20
