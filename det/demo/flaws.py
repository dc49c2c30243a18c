def spoil(world, lives, share):
    pass
