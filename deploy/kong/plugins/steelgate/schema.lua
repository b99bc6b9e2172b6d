local typedefs = require "kong.db.schema.typedefs"

return {
  name = "steelgate",
  fields = {
    { protocols = typedefs.protocols_http },
    { config = {
        type = "record",
        fields = {
          { url = typedefs.url({ required = true }) },
          { connect_timeout = { type = "integer", default = 1000, between = { 1, 60000 } } },
          { read_timeout = { type = "integer", default = 2000, between = { 1, 60000 } } },
        },
      },
    },
  },
}
