"""Plans of an area: which threats it has, who does what by when, and whether the guidance is kept.

Stands between documents and profiles. A profile holds a plan, seeds one from the threats found and prints the check
of the principles, so profiles import plans. Plans import nothing of profiles: what the principles and councillors ask
of a profile reaches them as `ProfileFacts`, which are plain data and may come from a profile that somebody else wrote.
"""
