package api

import (
	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/console"
)

const consoleSignIn = console.Base + "sign-in"

// mountConsole serves the web console, and leads there from where people begin.
func mountConsole(pages *gin.RouterGroup) {
	pages.GET(console.Base+"*path", gin.WrapH(console.Embedded()))
	pages.GET("/console", leadTo(console.Base))
	pages.GET("/", leadTo(console.Base))
	// What stands behind the # of a set-up link goes along: browsers see to that.
	pages.GET("/sign-in", leadTo(consoleSignIn))
}

func leadTo(location string) gin.HandlerFunc {
	return func(c *gin.Context) { sendTo(c, location) }
}
