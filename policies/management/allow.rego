package steelgate.management

allow := false
