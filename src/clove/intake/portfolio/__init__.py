"""A folder of contract tables becomes typed tables of the engine, or rejections that name row, rule and remedy."""
