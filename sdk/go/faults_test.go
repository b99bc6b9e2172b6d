package steelgate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	steelgate "github.com/steelengine/steelgate/sdk/go"
	"github.com/steelengine/steelgate/sdk/go/internal/steelgatetest"
)

type answers struct {
	Good      json.RawMessage `json:"good"`
	Misshapen []struct{ What, Body string }
}

func problem(status int, code string) string {
	return fmt.Sprintf(`{"type": "urn:steelgate:problem:%s", "title": "x", "status": %d, "detail": "A sentence.", "code": %q}`, code, status, code)
}

// isNoAnswer tells whether an error is a NoAnswer for a reason.
func isNoAnswer(err error, reason steelgate.Reason) bool {
	n, ok := errors.AsType[*steelgate.NoAnswer](err)
	return ok && n.Reason == reason
}

func once(o *steelgate.Options) { o.Attempts = 1 }

var request = execute("sk-steelengine-legacy-0123456789", "wf_1")

func TestAnAnswerOfAnotherShapeIsNeverAnAllow(t *testing.T) {
	var shared answers
	steelgatetest.Shared(t, "answers.json", &shared)
	body := string(shared.Good)
	client := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, _ int, _ []byte) { steelgatetest.Answer(w, 200, body) }).Client(t)
	if d, err := client.Authorize(t.Context(), request); err != nil || !d.Allow {
		t.Fatalf("%+v, %v", d, err)
	}
	for _, bad := range shared.Misshapen {
		body = bad.Body
		if d, err := client.Decide(t.Context(), request); !isNoAnswer(err, steelgate.Misshapen) || d.Allow {
			t.Errorf("%s: %+v, %v", bad.What, d, err)
		}
		if d, err := client.Authorize(t.Context(), request); err == nil || d.Allow {
			t.Errorf("%s: %+v, %v", bad.What, d, err)
		}
		body = fmt.Sprintf(`{"decisions": [%s, %s]}`, shared.Good, bad.Body)
		if ds, err := client.DecideBatch(t.Context(), []steelgate.DecisionRequest{request, request}); !isNoAnswer(err, steelgate.Misshapen) || ds != nil {
			t.Errorf("%s, in a batch: %+v, %v", bad.What, ds, err)
		}
	}
	for count := range 4 {
		body = `{"decisions": [` + strings.TrimSuffix(strings.Repeat(string(shared.Good)+",", count), ",") + `]}`
		if _, err := client.DecideBatch(t.Context(), []steelgate.DecisionRequest{request, request}); (err == nil) != (count == 2) {
			t.Errorf("%d for two: %v", count, err)
		}
	}
}

func TestAnyOtherStatusIsNoAllow(t *testing.T) {
	var shared answers
	steelgatetest.Shared(t, "answers.json", &shared)
	status := 0
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, _ int, _ []byte) {
		steelgatetest.Answer(w, status, string(shared.Good), "Location", "/elsewhere")
	})
	client := faulty.Client(t, once)
	for _, status = range []int{202, 203, 206, 301, 302, 307, 400, 401, 403, 404, 429, 500, 502, 503, 504} {
		if d, err := client.Decide(t.Context(), request); err == nil || d.Allow {
			t.Errorf("%d: %+v, %v", status, d, err)
		}
	}
	for _, got := range faulty.Requests() {
		if got.URL.Path != "/v1/decisions" {
			t.Errorf("a redirect was followed: %s", got.URL)
		}
	}
}

func TestAServerThatDoesNotAnswerIsATimeoutInTime(t *testing.T) {
	over := make(chan struct{})
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, count int, _ []byte) {
		if count%2 == 0 {
			// It begins, and never ends.
			_, _ = w.Write([]byte(`{"allow": true,`))
			_ = http.NewResponseController(w).Flush()
		}
		<-over
	})
	t.Cleanup(func() { close(over) })
	short := func(o *steelgate.Options) { o.Timeout = 200 * time.Millisecond }
	for _, client := range []*steelgate.Client{faulty.Client(t, short), faulty.Client(t, short), faulty.Client(t, short, batched)} {
		begun := time.Now()
		if d, err := client.Decide(t.Context(), request); !isNoAnswer(err, steelgate.Timeout) || d.Allow || time.Since(begun) > 5*time.Second {
			t.Errorf("%+v, %v", d, err)
		}
	}
	// Of those that wait together each has its own patience.
	patient := faulty.Client(t, batched, func(o *steelgate.Options) { o.Timeout = time.Minute })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := patient.Decide(ctx, request); !isNoAnswer(err, steelgate.Timeout) {
		t.Error(err)
	}
}

func TestALostConnectionIsTriedAgain(t *testing.T) {
	var shared answers
	steelgatetest.Shared(t, "answers.json", &shared)
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, count int, _ []byte) {
		if count < 3 {
			steelgatetest.Drop(w)
		}
		steelgatetest.Answer(w, 200, string(shared.Good))
	})
	if d, err := faulty.Client(t).Decide(t.Context(), request); err != nil || !d.Allow || len(faulty.Requests()) != 3 {
		t.Errorf("%+v, %v after %d", d, err, len(faulty.Requests()))
	}
	faulty.Close()
	if d, err := faulty.Client(t).Decide(t.Context(), request); !isNoAnswer(err, steelgate.Unreachable) || d.Allow {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestAServerSaysWhenToComeAgain(t *testing.T) {
	var shared answers
	steelgatetest.Shared(t, "answers.json", &shared)
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, count int, _ []byte) {
		if count == 1 {
			steelgatetest.Answer(w, 503, problem(503, "stale"), "Retry-After", "1")
			return
		}
		steelgatetest.Answer(w, 200, string(shared.Good))
	})
	begun := time.Now()
	if d, err := faulty.Client(t).Decide(t.Context(), request); err != nil || !d.Allow || time.Since(begun) < time.Second {
		t.Errorf("%+v, %v after %s", d, err, time.Since(begun))
	}
	busy := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, _ int, _ []byte) {
		steelgatetest.Answer(w, 429, problem(429, "too_many_requests"), "Retry-After", "30")
	})
	_, err := busy.Client(t).Decide(t.Context(), request)
	if p, ok := errors.AsType[*steelgate.Problem](err); !ok || p.Status != 429 || p.RetryAfter != 30*time.Second || len(busy.Requests()) != 1 {
		t.Errorf("%v after %d", err, len(busy.Requests()))
	}
}

func TestWhatFailedInsideIsNotAskedAgain(t *testing.T) {
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, _ int, _ []byte) {
		steelgatetest.Answer(w, 500, problem(500, "policy_error"))
	})
	if _, err := faulty.Client(t).Decide(t.Context(), request); !isProblem(err, 500, "policy_error") || len(faulty.Requests()) != 1 {
		t.Errorf("%v after %d", err, len(faulty.Requests()))
	}
}

func TestQuestionsAskedTogetherGoTogetherAndFailAlone(t *testing.T) {
	var shared answers
	steelgatetest.Shared(t, "answers.json", &shared)
	failed := strings.NewReplacer(`"allow": true`, `"allow": false`, `"status": 200`, `"status": 500`, `"code": "allowed"`, `"code": "policy_error"`, `"billed_to"`, `"_"`).Replace(string(shared.Good))
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, _ int, body []byte) {
		var asked struct{ Decisions []struct{ Action string } }
		_ = json.Unmarshal(body, &asked)
		answers := []string{}
		for _, one := range asked.Decisions {
			if one.Action == "bad" {
				answers = append(answers, failed)
			} else {
				answers = append(answers, string(shared.Good))
			}
		}
		steelgatetest.Answer(w, 200, `{"decisions": [`+strings.Join(answers, ",")+`]}`)
	})
	client := faulty.Client(t, func(o *steelgate.Options) { o.BatchWindow = 100 * time.Millisecond })
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			asked := request
			if i == 7 {
				asked.Action = "bad"
			}
			if d, err := client.Decide(t.Context(), asked); (i == 7) != isProblem(err, 500, "policy_error") || d.Allow != (i != 7) {
				t.Errorf("%d: %+v, %v", i, d, err)
			}
		})
	}
	all.Wait()
	if got := len(faulty.Requests()); got != 1 {
		t.Errorf("they went in %d calls", got)
	}
}

// Who gave up waiting may do with their map what they like. A question that is still on its way is not read from it.
func TestAQuestionIsWhatItWasWhenItWasAsked(t *testing.T) {
	var shared answers
	steelgatetest.Shared(t, "answers.json", &shared)
	asked := make(chan string, 1)
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, _ int, body []byte) {
		asked <- string(body)
		steelgatetest.Answer(w, 200, string(shared.Good))
	})
	client := faulty.Client(t, func(o *steelgate.Options) { o.BatchWindow = 200 * time.Millisecond })
	question := request
	question.Context = map[string]any{"client_ip": "203.0.113.1"}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := client.Decide(ctx, question); !isNoAnswer(err, steelgate.Timeout) {
		t.Fatal(err)
	}
	question.Context["client_ip"] = "198.51.100.1"
	if got := <-asked; !strings.Contains(got, "203.0.113.1") {
		t.Errorf("it became another question: %s", strings.ReplaceAll(got, question.APIKey.Reveal(), "KEY"))
	}
}

func TestAChangeIsTriedOnceAndACreationAgainUnderTheSameName(t *testing.T) {
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, count int, _ []byte) {
		if count%2 == 1 {
			steelgatetest.Drop(w)
		}
		steelgatetest.Answer(w, 200, `{"id": "key_1", "type": "personal", "name": "x", "disabled": false, "secret": null, "replayed": true}`, "Idempotency-Replayed", "true", "Steelgate-Revision", "7")
	})
	keys := faulty.Client(t).KeysFor("user_1")
	issued, err := keys.Create(t.Context(), steelgate.KeyCreation{Type: steelgate.KeyTypePersonal, Name: "x"}, "")
	if err != nil || !issued.Secret.IsZero() || !issued.Replayed || issued.Revision != 7 {
		t.Fatalf("%+v, %v", issued, err)
	}
	got := faulty.Requests()
	if name := got[0].Header.Get("Idempotency-Key"); len(got) != 2 || name == "" || name != got[1].Header.Get("Idempotency-Key") || got[1].Header.Get("X-Steelgate-Actor") != "user_1" {
		t.Errorf("%d requests, named %q", len(got), name)
	}
	if _, err := keys.Update(t.Context(), "key_1", steelgate.KeyChange{}); !isNoAnswer(err, steelgate.Unreachable) || len(faulty.Requests()) != 3 {
		t.Errorf("%v after %d", err, len(faulty.Requests()))
	}
}

func TestNoErrorHoldsASecret(t *testing.T) {
	leaky := strings.Replace(problem(422, "invalid_field"), "A sentence.", `sk-steelengine-legacy-0123456789", "errors": [{"field": "x", "message": "sgt_of_a_test_0123"}], "_": "`, 1)
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, count int, _ []byte) {
		if count == 1 {
			steelgatetest.Answer(w, 422, leaky)
			return
		}
		steelgatetest.Answer(w, 200, "sk-steelengine-legacy-0123456789")
	})
	for i := range 3 {
		if i == 2 {
			faulty.Close()
		}
		_, err := faulty.Client(t).Decide(t.Context(), request)
		if printed := fmt.Sprintf("%v %+v %#v", err, err, err); err == nil || strings.Contains(printed, "legacy") || strings.Contains(printed, "of_a_test") {
			t.Error(printed)
		}
	}
}
