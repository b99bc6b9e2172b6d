// Package steelgatetest runs what the SDK's tests speak to: a real steelgate, and a server that fails as it is told.
package steelgatetest
