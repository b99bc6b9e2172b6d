package reference

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxLine is how long an example's object may be on one line.
const maxLine = 88

// example is a value as JSON, folded where it is long, its names in the order of the document.
func example(n node) string { return exampleAt(n, "") }

func exampleAt(n node, indent string) string {
	if n.yaml == nil {
		return ""
	}
	parts, opening, closing := partsOf(n, indent+"  ")
	if opening == "" {
		return scalar(n.yaml)
	}
	flat := opening + strings.Join(parts, ", ") + closing
	if len(indent)+len(flat) <= maxLine && !strings.Contains(flat, "\n") {
		return flat
	}
	return opening + "\n" + indent + "  " + strings.Join(parts, ",\n"+indent+"  ") + "\n" + indent + closing
}

func partsOf(n node, indent string) (parts []string, opening, closing string) {
	switch n.yaml.Kind {
	case yaml.MappingNode:
		for _, e := range n.entries() {
			parts = append(parts, quote(e.name)+": "+exampleAt(e.value, indent))
		}
		return parts, "{", "}"
	case yaml.SequenceNode:
		for _, element := range n.list() {
			parts = append(parts, exampleAt(element, indent))
		}
		return parts, "[", "]"
	}
	return nil, "", ""
}

func scalar(n *yaml.Node) string {
	if n.ShortTag() == "!!str" {
		return quote(n.Value)
	}
	return n.Value
}

func quote(text string) string {
	var quoted strings.Builder
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text)
	return strings.TrimSuffix(quoted.String(), "\n")
}
