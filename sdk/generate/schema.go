package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is a type to write: an object with fields, or, with words, one of those.
type object struct {
	name, description string
	words             []string
	fields            []field
	// isClosed tells what a caller sends: no other name may stand there.
	isClosed bool
}

// field is one of an object.
type field struct {
	name, description    string
	isRequired, nullable bool
	kind                 kind
}

// kind is what a value is: text, time, integer, revision (an integer of 64 bits), boolean, anything (an object of the caller's own), a list of item, or an object by its name.
type kind struct {
	base string
	item *kind
}

// schema is as much of JSON Schema as is understood here.
type schema struct {
	Ref                  string    `yaml:"$ref"`
	Type                 yaml.Node `yaml:"type"`
	Format               string    `yaml:"format"`
	Description          string    `yaml:"description"`
	Enum                 []any     `yaml:"enum"`
	Properties           yaml.Node `yaml:"properties"`
	Required             []string  `yaml:"required"`
	Items                *schema   `yaml:"items"`
	AllOf                []*schema `yaml:"allOf"`
	OneOf                []*schema `yaml:"oneOf"`
	AdditionalProperties any       `yaml:"additionalProperties"`
}

// reader collects objects, those inside of others before them.
type reader struct {
	schemas map[string]*schema
	objects []*object
}

func readSchemas(text []byte) ([]*object, error) {
	var document struct {
		Components struct {
			Schemas map[string]*schema `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	r := &reader{schemas: document.Components.Schemas}
	for _, name := range wanted {
		s, ok := r.schemas[name]
		if !ok {
			return nil, fmt.Errorf("the document has no schema %s", name)
		}
		if err := r.add(name, s); err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
	}
	return r.objects, nil
}

// add reads a schema that gets a name: words to choose from, an object, or one of several objects.
func (r *reader) add(name string, s *schema) error {
	o := &object{name: nameOf(name), description: cmp.Or(s.Description, described[nameOf(name)]), isClosed: s.AdditionalProperties == false}
	if o.description == "" {
		return fmt.Errorf("no description of %s, neither in the document nor here", o.name)
	}
	if len(s.Enum) > 0 {
		for _, word := range s.Enum {
			o.words = append(o.words, fmt.Sprint(word))
		}
		r.objects = append(r.objects, o)
		return nil
	}
	variants := s.OneOf
	if len(variants) == 0 {
		variants = []*schema{s}
	}
	for _, variant := range variants {
		fields, err := r.fields(name, variant)
		if err != nil {
			return err
		}
		o.merge(fields)
	}
	for i, f := range o.fields {
		for _, variant := range variants {
			o.fields[i].isRequired = o.fields[i].isRequired && slices.Contains(variant.Required, f.name)
		}
	}
	r.objects = append(r.objects, o)
	return nil
}

func (o *object) merge(fields []field) {
	for _, f := range fields {
		if !slices.ContainsFunc(o.fields, func(other field) bool { return other.name == f.name }) {
			o.fields = append(o.fields, f)
		}
	}
}

func (r *reader) fields(owner string, s *schema) (fields []field, err error) {
	if s.Properties.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("want an object with properties")
	}
	for i := 0; i < len(s.Properties.Content); i += 2 {
		name := s.Properties.Content[i].Value
		var property schema
		if err := s.Properties.Content[i+1].Decode(&property); err != nil {
			return nil, err
		}
		f := field{name: name, description: property.Description, isRequired: slices.Contains(s.Required, name)}
		if f.kind, f.nullable, err = r.kindOf(owner+camel(name), &property); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// kindOf reads a schema in another. An object there is written as a type of its own, called name.
func (r *reader) kindOf(name string, s *schema) (k kind, nullable bool, err error) {
	if s.Ref == "" && len(s.AllOf) == 1 {
		s = s.AllOf[0]
	}
	if s.Ref != "" {
		target := strings.TrimPrefix(s.Ref, "#/components/schemas/")
		if slices.Contains(wanted, target) {
			return kind{base: nameOf(target)}, false, nil
		}
		if s = r.schemas[target]; s == nil {
			return kind{}, false, fmt.Errorf("%s is not in the document", target)
		}
	}
	base, nullable, err := typeOf(s)
	if err != nil {
		return kind{}, false, err
	}
	switch {
	case base == "string" && s.Format == "date-time":
		return kind{base: "time"}, nullable, nil
	case base == "string":
		return kind{base: "text"}, nullable, nil
	case base == "integer" && s.Format == "int64":
		return kind{base: "revision"}, nullable, nil
	case base == "integer", base == "boolean":
		return kind{base: base}, nullable, nil
	case base == "array" && s.Items != nil:
		item, _, err := r.kindOf(name, s.Items)
		return kind{base: "list", item: &item}, nullable, err
	case base == "object" && s.AdditionalProperties == true:
		return kind{base: "anything"}, nullable, nil
	case base == "object":
		return kind{base: nameOf(name)}, nullable, r.add(name, s)
	}
	return kind{}, false, fmt.Errorf("the type %s is not known here", base)
}

// typeOf reads `type`: one word, or one and null.
func typeOf(s *schema) (base string, nullable bool, err error) {
	words := []string{}
	switch s.Type.Kind {
	case yaml.ScalarNode:
		words = append(words, s.Type.Value)
	case yaml.SequenceNode:
		for _, word := range s.Type.Content {
			words = append(words, word.Value)
		}
	}
	for _, word := range words {
		switch {
		case word == "null":
			nullable = true
		case base != "":
			return "", false, fmt.Errorf("several types")
		default:
			base = word
		}
	}
	if base == "" {
		return "", false, fmt.Errorf("no type")
	}
	return base, nullable, nil
}

func nameOf(name string) string {
	if other, ok := renamed[name]; ok {
		return other
	}
	return name
}

// camel is snake_case as Go writes it.
func camel(name string) string {
	var text strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		switch word {
		case "id", "ip", "api":
			text.WriteString(strings.ToUpper(word))
		case "ids", "cidrs":
			text.WriteString(strings.ToUpper(strings.TrimSuffix(word, "s")) + "s")
		case "":
		default:
			text.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return text.String()
}

// oneLine is a description as a comment has it.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "`", `"`)), " ")
	return strings.ReplaceAll(text, `"""`, `"`)
}
