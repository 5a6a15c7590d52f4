package signature

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// parseAllowedTime reads valid-after and valid-before: YYYYMMDD, YYYYMMDDHHMM or
// YYYYMMDDHHMMSS, and Z or UTC behind it. Without that ssh-keygen takes the local
// time of the machine it runs on; here it is UTC on every machine, for a verdict
// must not depend on one.
//
// A day that its month does not have is one of the next month, as for ssh-keygen.
func parseAllowedTime(s string) (int64, error) {
	digits := s
	switch l := len(s); {
	case l > 1 && strings.EqualFold(s[l-1:], "Z"):
		digits = s[:l-1]
	case l > 3 && strings.EqualFold(s[l-3:], "UTC"):
		digits = s[:l-3]
	}
	switch len(digits) {
	case 8, 12, 14:
	default:
		return 0, fmt.Errorf("%.40q is not YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS", s)
	}
	switch rest := strings.Trim(digits, "0123456789"); {
	case strings.ContainsAny(digits, cSpace):
		return 0, stricterError(fmt.Sprintf("%.40q holds a blank, which some systems read as a nought", s))
	case rest != "":
		return 0, fmt.Errorf("%.40q holds something else than digits", s)
	}
	digits += "000000"[:14-len(digits)]
	n := func(from, to int) (v int) {
		for _, c := range digits[from:to] {
			v = v*10 + int(c-'0')
		}
		return v
	}
	year, month, day := n(0, 4), n(4, 6), n(6, 8)
	hour, minute, second := n(8, 10), n(10, 12), n(12, 14)
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 61 {
		return 0, fmt.Errorf("%.40q is no date and time", s)
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC).Unix()
	switch {
	case t == 0:
		return 0, errors.New("the first second of 1970 cannot be told from none")
	case t < 0:
		// Some ssh-keygen skip the line; some take it for a time after all others.
		return 0, stricterError(fmt.Sprintf("%.40q is before 1970", s))
	}
	return t, nil
}
