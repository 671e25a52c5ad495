"""Everything that makes a model: corpora, tokenizer, training, evaluation, export."""
