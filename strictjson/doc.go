// Package strictjson is the one decoder of JSON that comes from outside: it refuses doubled names, deep nesting, invalid UTF-8, whatever
// trails and, but for where a standard has them pass, unknown names; and says which field is at fault without repeating what stood in it.
//
// It knows nothing of what is decoded, and nothing of HTTP.
package strictjson
