package apitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"sigs.k8s.io/yaml"

	"github.com/steelengine/steelgate/api"
)

// document is the API's, with its answers closed: to callers an answer may gain fields, to a test none that is not written
// down.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	var tree map[string]any
	if err := yaml.Unmarshal([]byte(api.OpenAPI()), &tree); err != nil {
		return nil, err
	}
	closeAnswers(tree)
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(loader.Context); err != nil {
		return nil, fmt.Errorf("api/openapi.yaml: %w", err)
	}
	return doc, nil
})

// closeAnswers walks the bare document: once it is loaded, every reference to a shape is the shape itself.
func closeAnswers(tree map[string]any) {
	components := object(tree["components"])
	for _, schema := range object(components["schemas"]) {
		closeInside(object(schema))
	}
	closeResponses(object(components["responses"]))
	for _, path := range object(tree["paths"]) {
		for _, operation := range object(path) {
			closeResponses(object(object(operation)["responses"]))
		}
	}
}

func closeResponses(responses map[string]any) {
	for _, response := range responses {
		for _, content := range object(object(response)["content"]) {
			if of := object(content); of["schema"] != nil {
				of["schema"] = closed(of["schema"])
			}
		}
	}
}

// closed is the schema of a value, which then has no other fields than those that are named, by whichever of its parts.
func closed(schema any) any {
	of := object(schema)
	closeInside(of)
	if of["$ref"] != nil {
		return map[string]any{"allOf": []any{of}, "unevaluatedProperties": false}
	}
	isNamed := of["properties"] != nil || of["allOf"] != nil || of["oneOf"] != nil
	if isNamed && of["additionalProperties"] == nil {
		of["unevaluatedProperties"] = false
	}
	return schema
}

// closeInside closes the values that stand in a schema's own.
func closeInside(of map[string]any) {
	properties := object(of["properties"])
	for name, schema := range properties {
		properties[name] = closed(schema)
	}
	if of["items"] != nil {
		of["items"] = closed(of["items"])
	}
	for _, parts := range []string{"allOf", "oneOf"} {
		list, _ := of[parts].([]any)
		for _, part := range list {
			closeInside(object(part))
		}
	}
}

func object(node any) map[string]any {
	of, _ := node.(map[string]any)
	return of
}

// anyMethod marks a path of the document that answers whatever the method is as it answers GET.
const anyMethod = "x-any-method"

// routeOf finds the call that a request is, as the server's router does: by the path's decoded words, and a word of the path's own
// before any name in braces.
func routeOf(doc *openapi3.T, r *http.Request) (found *routers.Route, with map[string]string) {
	for path, item := range doc.Paths.Map() {
		values, ok := match(path, r.URL.Path)
		if !ok || found != nil && len(with) <= len(values) {
			continue
		}
		method := r.Method
		if item.Get != nil && item.Get.Extensions[anyMethod] != nil {
			method = http.MethodGet
		}
		if operation := item.GetOperation(method); operation != nil {
			found, with = &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: operation}, values
		}
	}
	return found, with
}

// match reads the values that a path has where the pattern has names in braces. To the router any of them but the last may
// be empty.
func match(pattern, path string) (map[string]string, bool) {
	names, words := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(names) != len(words) {
		return nil, false
	}
	values := map[string]string{}
	for i, name := range names {
		switch isParameter := strings.HasPrefix(name, "{"); {
		case isParameter && (words[i] != "" || i < len(words)-1):
			values[strings.Trim(name, "{}")] = words[i]
		case isParameter, name != words[i]:
			return nil, false
		}
	}
	return values, true
}
