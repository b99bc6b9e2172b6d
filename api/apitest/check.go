package apitest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Exchange is a request and what it was answered.
type Exchange struct {
	Request *http.Request
	// Sent is the request's body; nil where it is not known, and then not looked at.
	Sent   []byte
	Status int
	Header http.Header
	Body   []byte
}

// Check fails the test where the answer is not one that the document has, or the server took a request that the document
// refuses. What the server refused may be as wrong as a test wants.
func Check(t testing.TB, e Exchange) {
	t.Helper()
	if err := e.fault(); err != nil {
		t.Errorf("not as api/openapi.yaml has it: %s %s, answered %d:\n%v\nsent %.500q\ngot %.1000q %v", e.Request.Method, e.Request.URL, e.Status, err, e.Sent, e.Body, e.Header)
	}
}

// passed are exchanges that were checked and in order: tests send the same ones over and over. All of them are forgotten once
// there are very many.
var (
	passed      sync.Map
	passedCount atomic.Int64
)

const maxPassed = 100_000

func (e Exchange) fault() error {
	doc, err := document()
	if err != nil {
		return err
	}
	route, values := routeOf(doc, e.Request)
	if route == nil {
		return e.unrouted(doc)
	}
	digest := e.digest(route)
	if _, ok := passed.Load(digest); ok {
		return nil
	}
	request := e.request(route, values)
	faults := []error{e.answerFault(request)}
	if e.Status < http.StatusBadRequest {
		faults = append(faults, openapi3filter.ValidateRequest(context.Background(), request), linesFault(request.Route.Operation.RequestBody, e.Sent))
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if passedCount.Add(1)%maxPassed == 0 {
		passed.Clear()
	}
	passed.Store(digest, nil)
	return nil
}

// digest stands for all that is looked at.
func (e Exchange) digest(route *routers.Route) [sha256.Size]byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s %s %d %v %q\n", route.Method, route.Path, e.Status, e.Header, e.Body)
	if e.Status < http.StatusBadRequest {
		fmt.Fprintf(&text, "%s %v %q %t", e.Request.URL, e.Request.Header, e.Sent, e.Sent == nil)
	}
	return sha256.Sum256(text.Bytes())
}

// unrouted checks the answer to what is no call: there are two, and one in OPA's words.
func (e Exchange) unrouted(doc *openapi3.T) error {
	if e.Status == http.StatusNotFound && strings.HasPrefix(e.Request.URL.Path+"/", "/v1/data/") {
		var fault struct{ Code, Message string }
		if err := json.Unmarshal(e.Body, &fault); err != nil || fault.Code != "resource_not_found" || fault.Message == "" {
			return errors.New("no such call is in the document, and the answer is not OPA's")
		}
		return nil
	}
	var problem map[string]any
	if err := json.Unmarshal(e.Body, &problem); err != nil {
		return errors.New("no such call is in the document, and the answer is no problem")
	}
	if err := doc.Components.Schemas["Problem"].Value.VisitJSON(problem, openapi3.EnableJSONSchema2020()); err != nil {
		return err
	}
	switch code := problem["code"]; {
	case e.Status == http.StatusNotFound && code == "not_found", e.Status == http.StatusMethodNotAllowed && code == "method_not_allowed":
		return nil
	}
	return errors.New("no such call is in the document")
}

// request is the exchange's as the validator takes it. The server does not look at a body's type, so the right one is put.
func (e Exchange) request(route *routers.Route, values map[string]string) *openapi3filter.RequestValidationInput {
	r := e.Request.Clone(context.Background())
	r.Body = io.NopCloser(bytes.NewReader(e.Sent))
	if body := route.Operation.RequestBody; body != nil {
		for mediaType := range body.Value.Content {
			r.Header.Set("Content-Type", mediaType)
		}
	}
	return &openapi3filter.RequestValidationInput{
		Request: r, Route: route, PathParams: values,
		Options: &openapi3filter.Options{
			MultiError: true, ExcludeRequestBody: e.Sent == nil, SkipSettingDefaults: true, IncludeResponseStatus: true, AuthenticationFunc: authenticated,
		},
	}
}

// authenticated fails for a request that was taken without the credential that the document asks for.
func authenticated(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	header := in.RequestValidationInput.Request.Header
	scheme, _, _ := strings.Cut(header.Get("Authorization"), " ")
	isGiven := strings.EqualFold(scheme, "Bearer")
	switch in.SecurityScheme.In {
	case "header":
		isGiven = header.Get(in.SecurityScheme.Name) != ""
	case "cookie":
		isGiven = len(in.RequestValidationInput.Request.CookiesNamed(in.SecurityScheme.Name)) > 0
	}
	if !isGiven {
		return fmt.Errorf("taken without %s", in.SecuritySchemeName)
	}
	return nil
}

// browserHeaders may stand on every answer: the document says so once, at its beginning.
var browserHeaders = []string{
	"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
	"Cross-Origin-Resource-Policy", "Permissions-Policy", "Strict-Transport-Security",
}

// onlyDropsCookies tells whether the answer sets no cookie but such as are over, which it may everywhere.
func (e Exchange) onlyDropsCookies() bool {
	for _, c := range (&http.Response{Header: e.Header}).Cookies() {
		if c.MaxAge >= 0 || c.Value != "" {
			return false
		}
	}
	return true
}

func (e Exchange) answerFault(request *openapi3filter.RequestValidationInput) error {
	response := request.Route.Operation.Responses.Status(e.Status)
	if response == nil {
		return fmt.Errorf("the status %d is not in the document", e.Status)
	}
	known := append([]string{"Content-Type", "Content-Length", "Date"}, browserHeaders...)
	if e.onlyDropsCookies() {
		known = append(known, "Set-Cookie")
	}
	for name := range response.Value.Headers {
		known = append(known, http.CanonicalHeaderKey(name))
	}
	for name := range e.Header {
		if !slices.Contains(known, name) {
			return fmt.Errorf("the header %s is not in the document", name)
		}
	}
	if len(response.Value.Content) == 0 && len(e.Body) > 0 {
		return errors.New("there is a body, and none in the document")
	}
	if e.Request.Method == http.MethodHead && len(e.Body) == 0 {
		return nil
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request, Status: e.Status, Header: e.Header, Options: request.Options, Body: io.NopCloser(bytes.NewReader(e.Body)),
	}
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		return err
	}
	return linesOf(response.Value.Content, e.Body)
}

// xLine names the shape of each line of an NDJSON body, for which OpenAPI has no word.
const xLine = "x-line"

func linesFault(body *openapi3.RequestBodyRef, text []byte) error {
	if body == nil || text == nil {
		return nil
	}
	return linesOf(body.Value.Content, text)
}

func linesOf(content openapi3.Content, text []byte) error {
	media := content["application/x-ndjson"]
	if media == nil {
		return nil
	}
	doc, err := document()
	if err != nil {
		return err
	}
	reference, _ := object(media.Extensions[xLine])["$ref"].(string)
	shape := doc.Components.Schemas[strings.TrimPrefix(reference, "#/components/schemas/")]
	if shape == nil {
		return fmt.Errorf("%s is no shape: %q", xLine, reference)
	}
	var lines []any
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var value any
		if err := json.Unmarshal(line, &value); err != nil {
			return err
		}
		lines = append(lines, value)
	}
	// As one array, for the validator prepares a schema anew for each value.
	all := openapi3.NewArraySchema()
	all.Items = shape
	return all.VisitJSON(lines, openapi3.EnableJSONSchema2020())
}

func init() {
	for _, mediaType := range []string{"application/x-ndjson", "application/gzip", "text/html"} {
		openapi3filter.RegisterBodyDecoder(mediaType, openapi3filter.PlainBodyDecoder)
	}
}
