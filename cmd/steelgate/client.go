package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/engine/policycheck"
)

// clientFlags say which service a command speaks to: a server, or else the database itself.
type clientFlags struct {
	database databaseFlags
	server   string
	token    string
	// makes is told of a database that the command makes, for it may be the first to use one. Where it is nil the database has to stand.
	makes io.Writer
}

func (f *clientFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.server, "server", "", "URL of a running steelgate (default: work on the database itself)")
	flags.StringVar(&f.token, "token", "", "service token for --server (better: STEELGATE_TOKEN or STEELGATE_TOKEN_FILE)")
	f.database.register(flags)
}

// client speaks the HTTP API.
type client struct {
	base  string
	token apikey.Secret
	http  *http.Client
	// service is the one in this process, where there is no server.
	service *service
}

// open connects to the server, or opens the database and puts the API's own handler before it. A running server sees what
// is changed in its database within a second.
func (f *clientFlags) open(ctx context.Context) (*client, error) {
	if f.server == "" {
		missing := f.database.mustStand()
		if missing != nil && (f.makes == nil || !errors.Is(missing, fs.ErrNotExist)) {
			return nil, missing
		}
		token := apikey.MintToken()
		service, err := openService(ctx, &f.database, serviceOptions{adminToken: token, adminTokenID: "command"})
		if err != nil {
			return nil, err
		}
		if missing != nil {
			// A server that runs elsewhere knows nothing of it.
			path, _, _ := f.database.sqlitePath()
			_, _ = fmt.Fprintf(f.makes, "No database stood at %s: a new one was made, and a keyring. To speak to a running server name it with --server, or its --data-dir.\n", path)
		}
		return &client{
			base: "http://steelgate", token: token, service: service,
			http: &http.Client{Transport: handlerTransport{service.doors}},
		}, nil
	}
	base, err := url.Parse(f.server)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, usageError("--server: want a URL such as https://steelgate.example.com")
	}
	token, err := parseClientToken(f.token)
	if err != nil {
		return nil, err
	}
	return &client{base: strings.TrimSuffix(f.server, "/"), token: token, http: &http.Client{}}, nil
}

// with is a command that speaks to the service, for as long as it runs.
func (f *clientFlags) with(run func(ctx context.Context, client *client, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		client, err := f.open(c.Context())
		if err != nil {
			return err
		}
		return errors.Join(run(c.Context(), client, args), client.close())
	}
}

// parseClientToken reads a minted service token, or a server's --admin-token.
func parseClientToken(text string) (apikey.Secret, error) {
	if text == "" {
		return apikey.Secret{}, usageError("--server needs a service token: --token, STEELGATE_TOKEN or STEELGATE_TOKEN_FILE")
	}
	if token, err := apikey.ParseToken(text); err == nil {
		return token, nil
	}
	token, err := apikey.ParseAdminToken(text)
	if err != nil {
		return apikey.Secret{}, usageError("--token is neither a service token (sgt_…) nor an admin token")
	}
	return token, nil
}

// load has the service in this process, where there is no server, see the data that it decides on.
func (c *client) load(ctx context.Context) error {
	if c.service == nil {
		return nil
	}
	return c.service.feed.Step(ctx)
}

func (c *client) close() error {
	if c.service == nil {
		return nil
	}
	return c.service.store.Close()
}

// apiError is a problem that the service answered.
type apiError struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Line    int    `json:"line"`
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
	// Check is why a draft of the policy was refused.
	Check *policycheck.Verdict `json:"check"`

	// raw is the whole problem as it came.
	raw json.RawMessage
}

func (e *apiError) Error() string {
	var text strings.Builder
	text.WriteString(e.Detail)
	if e.Detail == "" {
		fmt.Fprintf(&text, "the server answered %d %s", e.Status, e.Code)
	}
	for _, fault := range e.Errors {
		text.WriteString("\n  ")
		if fault.Line > 0 {
			fmt.Fprintf(&text, "line %d: ", fault.Line)
		}
		if fault.Field != "" {
			fmt.Fprintf(&text, "%s: ", fault.Field)
		}
		text.WriteString(fault.Message)
	}
	return text.String()
}

// callTimeout is how long a command waits for an answer, of which the judgement on a policy takes longest; an import has no such
// limit.
const callTimeout = 2 * time.Minute

// call sends a value as JSON, or nothing where it is nil, and reads the answer into answer.
func (c *client) call(ctx context.Context, method, path string, value, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var body io.Reader
	if value != nil {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	return c.send(ctx, method, path, "application/json", body, answer)
}

func (c *client) send(ctx context.Context, method, path, contentType string, body io.Reader, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("the service can't be reached: %w", errors.Unwrap(err))
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("the answer was cut off: %w", err)
	}
	if response.StatusCode >= 400 {
		problem := &apiError{}
		if json.Unmarshal(text, problem) != nil || problem.Status == 0 {
			return fmt.Errorf("the server answered %s, which is no answer of steelgate's: is --server right?", response.Status)
		}
		problem.raw = text
		return problem
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("the server's answer is not steelgate's: is --server right?")
	}
	return nil
}

// handlerTransport answers requests by a handler in this process.
type handlerTransport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper. The answer is collected whole: no answer of ours is long.
func (t handlerTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	inside := request.Clone(request.Context())
	// It came from no address.
	inside.RemoteAddr = ""
	if inside.Body == nil {
		inside.Body = http.NoBody
	}
	recorder := &recorder{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(recorder, inside)
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(recorder.status), StatusCode: recorder.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: recorder.header, Body: io.NopCloser(&recorder.body), ContentLength: int64(recorder.body.Len()), Request: request,
	}, nil
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header            { return r.header }
func (r *recorder) WriteHeader(status int)         { r.status = status }
func (r *recorder) Write(text []byte) (int, error) { return r.body.Write(text) }
