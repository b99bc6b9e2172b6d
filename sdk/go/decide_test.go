package steelgate_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	steelgate "github.com/steelengine/steelgate/sdk/go"
	"github.com/steelengine/steelgate/sdk/go/internal/steelgatetest"
)

type timeOf = time.Time

func workflow(id string) steelgate.Resource { return steelgate.Resource{Type: "workflow", ID: id} }

func execute(key, id string) steelgate.DecisionRequest {
	return steelgate.DecisionRequest{APIKey: steelgate.NewSecret(key), Action: "workflow.execute", Resource: workflow(id)}
}

func batched(o *steelgate.Options) { o.BatchWindow = 2 * time.Millisecond }

func TestDecisions(t *testing.T) {
	server := steelgatetest.Start(t)
	ctx := t.Context()
	personal, narrowed, partner := server.Key(t, "key_demo_personal"), server.Key(t, "key_demo_workspace"), server.Key(t, "key_demo_organization")

	for name, client := range map[string]*steelgate.Client{"alone": server.Client(t), "batched": server.Client(t, batched)} {
		t.Run("a key may do what its grants say, "+name, func(t *testing.T) {
			d, err := client.Authorize(ctx, execute(partner, "wf_invoice"))
			if err != nil || !d.Allow || d.BilledTo == nil || d.BilledTo.ID != "user_ada" || d.Permission.Granted != steelgate.PermissionWrite || d.GrantedBy.WorkflowID != "wf_invoice" {
				t.Errorf("%+v, %v", d, err)
			}
		})
		t.Run("a deny is an answer to Decide, and an error to Authorize, "+name, func(t *testing.T) {
			for request, want := range map[*steelgate.DecisionRequest]steelgate.Denied{
				new(execute(personal, "wf_etl")):                                                   {Status: 403, Code: "personal_keys_disabled"},
				new(execute("sk-steelengine-0000000000000000", "wf_etl")):                          {Status: 401, Code: "key_unknown"},
				new(execute("", "wf_etl")):                                                         {Status: 401, Code: "key_missing"},
				{APIKey: steelgate.NewSecret(personal), Action: "x", Resource: workflow("wf_etl")}: {Status: 403, Code: "unknown_action"},
			} {
				d, err := client.Decide(ctx, *request)
				if err != nil || d.Allow || d.Status != want.Status || d.Code != want.Code {
					t.Errorf("%+v: %+v, %v", request, d, err)
				}
				_, err = client.Authorize(ctx, *request)
				if denied, ok := errors.AsType[*steelgate.Denied](err); !ok || denied.Status != want.Status || denied.Code != want.Code || denied.DecisionID == "" {
					t.Errorf("%+v: %v", request, err)
				}
			}
		})
	}

	t.Run("a batch is answered in its order", func(t *testing.T) {
		client := server.Client(t)
		ds, err := client.DecideBatch(ctx, []steelgate.DecisionRequest{execute(narrowed, "wf_invoice"), execute(narrowed, "wf_report"), execute("nonsense", "wf_invoice")})
		if err != nil || ds[0].Code != "allowed" || ds[1].Code != "outside_scope" || ds[2].Code != "key_malformed" {
			t.Errorf("%+v, %v", ds, err)
		}
		if _, err := client.DecideBatch(ctx, nil); err == nil {
			t.Error("a batch of none was asked")
		}
	})

	t.Run("questions asked together are each answered as alone, and one that can't be read fails alone", func(t *testing.T) {
		client := server.Client(t, batched)
		var all sync.WaitGroup
		for i := range 1203 {
			all.Go(func() {
				request, want := execute(narrowed, "wf_report"), "outside_scope"
				switch {
				case i == 700:
					request.Action = ""
				case i == 701:
					request.Context = map[string]any{"f": func() {}}
				case i%3 == 0:
					request, want = execute(narrowed, "wf_invoice"), "allowed"
				}
				d, err := client.Decide(ctx, request)
				switch problem, isProblem := errors.AsType[*steelgate.Problem](err); {
				case i == 700 && (!isProblem || problem.Status != 422 || problem.Errors[0].Field != "action"), i == 701 && err == nil:
					t.Errorf("%d: %+v, %v", i, d, err)
				case i != 700 && i != 701 && (err != nil || d.Code != want):
					t.Errorf("%d: %+v, %v", i, d, err)
				}
			})
		}
		all.Wait()
	})

	t.Run("a client whose token is not known gets no decision", func(t *testing.T) {
		client := server.Client(t, func(o *steelgate.Options) { o.Token = steelgate.NewSecret("sgt_" + strconv.Itoa(1e9)) })
		d, err := client.Decide(ctx, execute(partner, "wf_invoice"))
		if problem, ok := errors.AsType[*steelgate.Problem](err); !ok || problem.Status != 401 || d.Allow {
			t.Errorf("%+v, %v", d, err)
		}
	})

	t.Run("a call that was cancelled is no allow", func(t *testing.T) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		for _, client := range []*steelgate.Client{server.Client(t), server.Client(t, batched)} {
			d, err := client.Decide(ctx, execute(partner, "wf_invoice"))
			if n, ok := errors.AsType[*steelgate.NoAnswer](err); !ok || n.Reason != steelgate.Cancelled || d.Allow || !errors.Is(err, context.Canceled) {
				t.Errorf("%+v, %v", d, err)
			}
		}
	})
}
