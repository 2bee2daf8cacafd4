// Package keyfile reads private keys that are encrypted with a passphrase, which
// crypto/tls does not.
package keyfile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
)

// Type of the PEM block of an encrypted key (RFC 7468, 11).
const encrypted = "ENCRYPTED PRIVATE KEY"

var (
	errNoPassphrase = errors.New("the key is encrypted: give its passphrase")
	errPassphrase   = errors.New("the passphrase is not that of the key")
)

// Decrypt returns a key file, in PEM, with its keys in the clear; the passphrase
// is of no matter to those that are already. The ways of encryption are the two
// that OpenSSL has: PKCS #8 with PBES2 (RFC 8018) and the older one of RFC 1421.
func Decrypt(file []byte, passphrase string) ([]byte, error) {
	var clear bytes.Buffer
	for {
		block, rest := pem.Decode(file)
		if block == nil {
			return clear.Bytes(), nil
		}
		file = rest
		if err := decrypt(block, passphrase); err != nil {
			return nil, err
		}
		if err := pem.Encode(&clear, block); err != nil {
			return nil, err
		}
	}
}

func decrypt(block *pem.Block, passphrase string) (err error) {
	old := x509.IsEncryptedPEMBlock(block)
	if !old && block.Type != encrypted {
		return nil
	}
	if passphrase == "" {
		return errNoPassphrase
	}
	if !old {
		block.Type = "PRIVATE KEY"
		block.Bytes, err = decryptPKCS8(block.Bytes, passphrase)
		return err
	}
	// It is deprecated because nobody should encrypt so any more; but such files
	// are there.
	block.Bytes, err = x509.DecryptPEMBlock(block, []byte(passphrase))
	block.Headers = nil
	if errors.Is(err, x509.IncorrectPasswordError) {
		return errPassphrase
	}
	return err
}

// The structures of RFC 5958, 3, and RFC 8018, A.2 and A.4.
type (
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	schemes struct {
		Derivation, Encryption pkix.AlgorithmIdentifier
	}
	derivation struct {
		Salt       []byte
		Iterations int
		Length     int                      `asn1:"optional"`
		Function   pkix.AlgorithmIdentifier `asn1:"optional"`
	}
)

// The objects of RFC 8018, appendix B and C, and of NIST's AES.
var (
	pbes2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	kdf2   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	hashes = map[string]func() hash.Hash{
		"":                    sha1.New, // when none is named
		"1.2.840.113549.2.7":  sha1.New,
		"1.2.840.113549.2.9":  sha256.New,
		"1.2.840.113549.2.10": sha512.New384,
		"1.2.840.113549.2.11": sha512.New,
	}
	ciphers = map[string]struct {
		keyLength int
		open      func(key []byte) (cipher.Block, error)
	}{
		"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
		"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
		"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
		"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	}
)

func decryptPKCS8(der []byte, passphrase string) ([]byte, error) {
	var key encryptedKey
	if err := parse(der, &key); err != nil {
		return nil, err
	}
	var by schemes
	if !key.Algorithm.Algorithm.Equal(pbes2) {
		return nil, unknown(key.Algorithm)
	} else if err := parse(key.Algorithm.Parameters.FullBytes, &by); err != nil {
		return nil, err
	}
	var from derivation
	if !by.Derivation.Algorithm.Equal(kdf2) {
		return nil, unknown(by.Derivation)
	} else if err := parse(by.Derivation.Parameters.FullBytes, &from); err != nil {
		return nil, err
	}
	digest, found := hashes[from.Function.Algorithm.String()]
	if !found {
		return nil, unknown(from.Function)
	}
	algorithm, found := ciphers[by.Encryption.Algorithm.String()]
	if !found {
		return nil, unknown(by.Encryption)
	}
	var start []byte
	if err := parse(by.Encryption.Parameters.FullBytes, &start); err != nil {
		return nil, err
	}
	secret, err := pbkdf2.Key(digest, passphrase, from.Salt, from.Iterations, algorithm.keyLength)
	if err != nil {
		return nil, err
	}
	block, err := algorithm.open(secret)
	if err != nil {
		return nil, err
	}
	size := block.BlockSize()
	if len(start) != size || len(key.Data) == 0 || len(key.Data)%size != 0 {
		return nil, errors.New("the encrypted key is damaged")
	}
	clear := make([]byte, len(key.Data))
	cipher.NewCBCDecrypter(block, start).CryptBlocks(clear, key.Data)
	// RFC 8018, 6.1.1: as many bytes as are missing, each of that number.
	padding := int(clear[len(clear)-1])
	if padding == 0 || padding > size || !bytes.HasSuffix(clear, bytes.Repeat([]byte{byte(padding)}, padding)) {
		return nil, errPassphrase
	}
	clear = clear[:len(clear)-padding]
	if _, err := x509.ParsePKCS8PrivateKey(clear); err != nil {
		return nil, errPassphrase // by chance the padding was right
	}
	return clear, nil
}

func parse(der []byte, to any) error {
	rest, err := asn1.Unmarshal(der, to)
	if err != nil || len(rest) > 0 {
		return errors.New("the encrypted key is damaged")
	}
	return nil
}

func unknown(algorithm pkix.AlgorithmIdentifier) error {
	return fmt.Errorf("the key is encrypted in a way that is not known here (%s): encrypt it with AES, as openssl pkcs8 -topk8 does", algorithm.Algorithm)
}
