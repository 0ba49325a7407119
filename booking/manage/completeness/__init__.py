"""How complete the facts of a cluster's facilities are, and confirming that they are still true."""
