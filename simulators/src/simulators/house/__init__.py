"""The five services and their world as processes: started on the embedded stack, or found under compose."""
