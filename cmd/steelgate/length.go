package main

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/spf13/pflag"
)

var (
	errLength = errors.New("want a length of time such as 90m, 24h or 7d")
	days      = regexp.MustCompile(`^([+-]?)([0-9]+)d(.*)$`)
)

// parseLength reads a length of time as Go has it, before which days of 24 hours may stand: 7d, 1d12h.
func parseLength(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	parts := days.FindStringSubmatch(text)
	if parts == nil {
		length, err := time.ParseDuration(text)
		if err != nil {
			return 0, errLength
		}
		return length, nil
	}
	count, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || count > int64(math.MaxInt64/day) {
		return 0, errLength
	}
	length := time.Duration(count) * day
	if rest := parts[3]; rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil || rest[0] == '+' || rest[0] == '-' || length > math.MaxInt64-more {
			return 0, errLength
		}
		length += more
	}
	if parts[1] == "-" {
		length = -length
	}
	return length, nil
}

// lengthFlag is a flag for a length of time.
type lengthFlag time.Duration

// lengthVar defines one.
func lengthVar(flags *pflag.FlagSet, length *time.Duration, name string, usual time.Duration, usage string) {
	*length = usual
	flags.Var((*lengthFlag)(length), name, usage)
}

var _ pflag.Value = (*lengthFlag)(nil)

func (f *lengthFlag) String() string { return time.Duration(*f).String() }
func (f *lengthFlag) Type() string   { return "duration" }

// Set implements pflag.Value.
func (f *lengthFlag) Set(text string) error {
	length, err := parseLength(text)
	if err == nil {
		*f = lengthFlag(length)
	}
	return err
}
