// Command generate writes the types of the Go and the Python SDK of the schemas in api/openapi.yaml that they use. Its test fails where the
// files that stand are not what the document says.
//
//	go run ./sdk/generate
//
// It knows what those schemas are made of and no more: what it does not know it refuses, rather than guess.
package main
