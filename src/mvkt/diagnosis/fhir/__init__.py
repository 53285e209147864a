"""A diagnosis as resources of FHIR R4, for other systems."""
