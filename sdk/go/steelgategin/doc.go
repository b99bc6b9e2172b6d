// Package steelgategin guards applications on gin. It stands apart so that others need no gin.
package steelgategin
