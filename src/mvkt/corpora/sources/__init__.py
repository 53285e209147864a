"""Sources of corpora: public data sets, folders of recordings, simulation."""
