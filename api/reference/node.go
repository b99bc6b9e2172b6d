package reference

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"
)

// node is a place in the document, whose names keep their order. A place that is not there is the zero node, and so is all
// that is asked of it.
type node struct {
	yaml *yaml.Node
	root *yaml.Node
}

func parse(text string) (node, error) {
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		return node{}, err
	}
	if len(root.Content) == 0 {
		return node{}, errors.New("the document is empty")
	}
	return node{root.Content[0], root.Content[0]}, nil
}

// own is what stands under a name, references not followed.
func (n node) own(name string) node {
	if n.yaml == nil || n.yaml.Kind != yaml.MappingNode {
		return node{}
	}
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		if n.yaml.Content[i].Value == name {
			return n.at(n.yaml.Content[i+1])
		}
	}
	return node{}
}

// at is a place of the same document, behind an alias if there is one.
func (n node) at(place *yaml.Node) node {
	if place.Kind == yaml.AliasNode {
		place = place.Alias
	}
	return node{place, n.root}
}

// get is what stands under the names, one in the other, at the end of the reference if there is one.
func (n node) get(names ...string) node {
	for _, name := range names {
		n = n.own(name).resolved()
	}
	return n
}

// resolved follows references.
func (n node) resolved() node {
	for reference := n.own("$ref").text(); reference != ""; reference = n.own("$ref").text() {
		n = node{n.root, n.root}
		for name := range strings.SplitSeq(strings.TrimPrefix(reference, "#/"), "/") {
			n = n.own(name)
		}
	}
	return n
}

func (n node) exists() bool { return n.yaml != nil }

func (n node) text() string {
	if n.yaml == nil || n.yaml.Kind != yaml.ScalarNode {
		return ""
	}
	return n.yaml.Value
}

// list are the elements of an array, references followed.
func (n node) list() []node {
	if n.yaml == nil || n.yaml.Kind != yaml.SequenceNode {
		return nil
	}
	elements := make([]node, len(n.yaml.Content))
	for i, element := range n.yaml.Content {
		elements[i] = n.at(element).resolved()
	}
	return elements
}

// texts are those of an array; a single one is one.
func (n node) texts() []string {
	if text := n.text(); text != "" {
		return []string{text}
	}
	elements := n.list()
	texts := make([]string, len(elements))
	for i, element := range elements {
		texts[i] = element.text()
	}
	return texts
}

func (n node) has(text string) bool {
	for _, element := range n.list() {
		if element.text() == text {
			return true
		}
	}
	return false
}

type entry struct {
	name  string
	value node
}

// entries are the names of an object and what stands there, in their order, references followed.
func (n node) entries() []entry {
	if n.yaml == nil || n.yaml.Kind != yaml.MappingNode {
		return nil
	}
	var entries []entry
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		entries = append(entries, entry{n.yaml.Content[i].Value, n.at(n.yaml.Content[i+1]).resolved()})
	}
	return entries
}
