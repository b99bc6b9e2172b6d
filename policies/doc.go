// Package policies holds the Rego that steelgate ships, and nothing else: the rules that an administrator may edit.
//
// authz decides what a live key may do, management who may change what, site is the installation's own.
package policies
