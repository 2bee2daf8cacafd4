package wire

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file does what JavaScript does with numbers and texts where Go's own
// functions give another result (ECMA-262, 2025).

// maxSafeInteger is the largest integer up to which every one is a JavaScript
// number.
const maxSafeInteger = 1<<53 - 1

// numberText is Number.prototype.toString (ECMA-262, 6.1.6.1.20).
func numberText(n float64) string {
	switch magnitude := math.Abs(n); {
	case n != n:
		return "NaN"
	case n == 0:
		return "0" // -0 too
	case math.IsInf(n, 1):
		return "Infinity"
	case math.IsInf(n, -1):
		return "-Infinity"
	case 1e-6 <= magnitude && magnitude < 1e21:
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	s := strconv.FormatFloat(n, 'e', -1, 64)
	// Go writes two digits of exponent at least: 1e-07.
	return strings.Replace(s, "e-0", "e-", 1)
}

// parseNumber is the function Number of a text (ECMA-262, 7.1.4.1.1): NaN where
// it is not a number.
func parseNumber(text string) float64 {
	s := trimSpace(text)
	if s == "" {
		return 0
	}
	if len(s) > 2 && s[0] == '0' {
		if base := literalBase(s[1]); base != 0 {
			n, err := strconv.ParseUint(s[2:], base, 64)
			if err != nil {
				return math.NaN()
			}
			return float64(n)
		}
	}
	switch s {
	case "Infinity", "+Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	// ParseFloat also reads inf, nan, hexadecimal fractions and underscores;
	// these letters keep them out. What is left it reads as JavaScript does.
	if strings.Trim(s, "0123456789+-.eE") != "" || strings.ContainsAny(s, "xXpP_nN") {
		return math.NaN()
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(n, 0) {
		return math.NaN()
	}
	return n
}

// literalBase is the base that the letter after a 0 announces, or 0.
func literalBase(letter byte) int {
	switch letter {
	case 'x', 'X':
		return 16
	case 'o', 'O':
		return 8
	case 'b', 'B':
		return 2
	}
	return 0
}

// trimSpace is String.prototype.trim (ECMA-262, 22.1.3.32): unlike Go's it
// takes U+FEFF and leaves U+0085.
func trimSpace(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return r == 0xFEFF || r != 0x85 && unicode.IsSpace(r)
	})
}

// toLower is String.prototype.toLowerCase (ECMA-262, 22.1.3.28), which follows
// Unicode's SpecialCasing: İ becomes two characters, and a Σ that ends a word
// becomes ς.
func toLower(s string) string {
	if !strings.ContainsAny(s, "İΣ") {
		return strings.ToLower(s)
	}
	var lower strings.Builder
	for i, r := range s {
		switch {
		case r == 'İ':
			lower.WriteString("i\u0307")
		case r == 'Σ' && endsWord(s[:i], s[i+utf8.RuneLen(r):]):
			lower.WriteRune('ς')
		default:
			lower.WriteRune(unicode.ToLower(r))
		}
	}
	return lower.String()
}

// endsWord is Unicode's Final_Sigma (The Unicode Standard, table 3-17): a letter
// stands before and none after, whatever ignorable characters lie between.
func endsWord(before, after string) bool {
	letter := func(r rune) bool {
		return unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r) ||
			unicode.In(r, unicode.Other_Lowercase, unicode.Other_Uppercase)
	}
	ignorable := func(r rune) bool {
		return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) ||
			strings.ContainsRune("'.:^`·\u2018\u2019\u2024\u2027", r)
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(before, ignorable))
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(after, ignorable))
	return letter(last) && !letter(first)
}
