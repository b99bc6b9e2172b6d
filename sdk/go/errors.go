package steelgate

import (
	"fmt"
	"time"
)

// Denied is that a decision was made, and it is no.
type Denied struct {
	// Status is what to answer your own client with: 401 or 403.
	Status     int
	Code       string
	Message    string
	DecisionID string
	Decision   Decision
}

func (e *Denied) Error() string { return e.Code + ": " + e.Message }

// Problem is that the server answered with an error, as RFC 9457 has it. No decision was made, and nothing was changed. With the code no_answer it was
// something before the server that answered, and whether a change was made is not known.
type Problem struct {
	Status int
	Code   string
	Detail string
	// Errors are the fields that are at fault, if any are.
	Errors []FieldError
	// RetryAfter is after how long the server may be asked again; zero where it did not say.
	RetryAfter time.Duration
}

func (e *Problem) Error() string {
	text := e.Code + ": " + e.Detail
	for _, f := range e.Errors {
		text += fmt.Sprintf(" %s: %s.", f.Field, f.Message)
	}
	return text
}

// Reason is why there is no answer.
type Reason string

// What a Reason may be.
const (
	Timeout     Reason = "timeout"
	Unreachable Reason = "unreachable"
	Cancelled   Reason = "cancelled"
	// Misshapen is that what answered is not steelgate, or speaks another version.
	Misshapen Reason = "misshapen"
)

// NoAnswer is that there is no answer to go by. Whether a change was made is not known.
type NoAnswer struct {
	Reason  Reason
	Message string
	// Status is that of what was answered, where something was.
	Status int
	// Cause is what failed beneath, if anything did.
	Cause error
}

func (e *NoAnswer) Error() string { return e.Message }

// Unwrap is the cause.
func (e *NoAnswer) Unwrap() error { return e.Cause }

func misshapen(what string, status int) *NoAnswer {
	return &NoAnswer{Reason: Misshapen, Message: "the answer is not " + what + ": is this steelgate's address?", Status: status}
}
