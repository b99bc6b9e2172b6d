package reference

import (
	"fmt"
	"strings"
)

// field is one field of a body, one parameter or one header. Of a Variant there is nothing but its title: the fields that
// follow are those of one of several shapes.
type field struct {
	Name     string
	In       string
	Type     string
	Required bool
	Text     string
	Variant  string
}

// maxFieldDepth is how deep fields stand in each other.
const maxFieldDepth = 6

// fieldsOf are the fields of a shape; those that stand in others have the whole path as their name.
func fieldsOf(schema node) []field { return fieldsIn(schema, "", 0) }

func fieldsIn(schema node, prefix string, depth int) []field {
	if depth > maxFieldDepth {
		return nil
	}
	var fields []field
	for _, part := range schema.get("allOf").list() {
		fields = append(fields, fieldsIn(part, prefix, depth+1)...)
	}
	for _, property := range schema.get("properties").entries() {
		if !describes(property.value) {
			continue
		}
		name := prefix + property.name
		fields = append(fields, field{
			Name: name, Type: typeOf(property.value), Required: schema.get("required").has(property.name), Text: textOf(property.value),
		})
		fields = append(fields, fieldsIn(property.value, name+".", depth+1)...)
	}
	if items := schema.get("items"); items.exists() {
		fields = append(fields, fieldsIn(items, strings.TrimSuffix(prefix, ".")+"[].", depth+1)...)
	}
	for _, variant := range schema.get("oneOf").list() {
		fields = append(fields, field{Variant: strings.TrimSuffix(prefix, ".") + " " + variant.get("title").text()})
		fields = append(fields, fieldsIn(variant, prefix, depth+1)...)
	}
	return fields
}

// describes tells whether a schema says what a field is, and not only which of its values stands in one answer.
func describes(schema node) bool {
	return schema.get("type").exists() || schema.get("allOf").exists() || schema.get("oneOf").exists()
}

// textOf is a schema's description, or that of what it is made of.
func textOf(schema node) string {
	if text := schema.get("description").text(); text != "" {
		return text
	}
	for _, part := range schema.get("allOf").list() {
		if text := textOf(part); text != "" {
			return text
		}
	}
	return ""
}

// typeOf says in words what values a schema takes.
func typeOf(schema node) string {
	if parts := schema.get("allOf").list(); len(parts) > 0 && !schema.get("type").exists() {
		return typeOf(parts[0])
	}
	if value := schema.get("const"); value.exists() {
		return "always " + value.text()
	}
	if values := schema.get("enum"); values.exists() {
		words := make([]string, 0, len(values.list()))
		for _, value := range values.list() {
			if text := scalar(value.yaml); text == `""` {
				words = append(words, text)
			} else {
				words = append(words, value.text())
			}
		}
		return strings.Join(words, " | ")
	}
	if schema.get("oneOf").exists() {
		return "object"
	}
	words := strings.Join(schema.get("type").texts(), " or ")
	if items := schema.get("items"); items.exists() {
		words = strings.Replace(words, "array", "array of "+elementOf(items), 1)
	}
	if schema.get("format").text() == "date-time" {
		words = strings.Replace(words, "string", "time", 1)
	}
	if limits := limitsOf(schema); limits != "" {
		words += ", " + limits
	}
	return words
}

// elementOf is the type of an array's elements, without its limits.
func elementOf(items node) string {
	words, _, _ := strings.Cut(typeOf(items), ",")
	if strings.Contains(words, " | ") {
		return words
	}
	return words + "s"
}

func limitsOf(schema node) string {
	for _, limit := range []struct{ least, most, of string }{
		{"minLength", "maxLength", " characters"}, {"minItems", "maxItems", " elements"}, {"minimum", "maximum", ""},
	} {
		least, most := schema.get(limit.least).text(), schema.get(limit.most).text()
		switch {
		case least != "" && most != "":
			return fmt.Sprintf("%s to %s%s", grouped(least), grouped(most), limit.of)
		case most != "":
			return fmt.Sprintf("at most %s%s", grouped(most), limit.of)
		case least == "1" && limit.of != "":
			return "not empty"
		case least != "":
			return fmt.Sprintf("at least %s%s", grouped(least), limit.of)
		}
	}
	return ""
}

// grouped is a number with its thousands apart.
func grouped(number string) string {
	for i := len(number) - 3; i > 0; i -= 3 {
		number = number[:i] + "," + number[i:]
	}
	return number
}
