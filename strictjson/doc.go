// Package strictjson is the one decoder of JSON that comes from outside: it refuses unknown and doubled names, deep
// nesting, invalid UTF-8 and whatever trails, and says which field is at fault without repeating what stood in it.
//
// It knows nothing of what is decoded, and nothing of HTTP.
package strictjson
