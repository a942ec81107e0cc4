"""Words by which a column of persons is told from one of places: given names, words of places, words of flags.

The given names were drawn up by hand from names that head the annual lists of the Office for National Statistics and of
the National Records of Scotland over several generations, and from names common among families from South Asia, Eastern
Europe, Africa and the Middle East. Names that are better known as places (Lincoln, Preston, Stanley) are left out.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FLAG_WORDS", "GIVEN_NAMES", "PLACE_WORDS"]

_NAMES: Final = """
aaron abdul abdullah abigail adam adele adrian agnes ahmed aidan aisha alan albert alex alexander alexandra alfie
alfred ali alice alison amanda amber amelia amina amy ana andrea andrew andrzej angela anita ann anna anne annie
anthony antony anya archie arthur asif audrey ava ayesha barbara barry ben benjamin bernard beth bethany betty bilal
bob brandon brenda brian bridget callum cameron carl carol caroline catherine ceri charles charlie charlotte chloe
chris christian christina christine christopher ciara claire clare colin connor conor craig daisy dan daniel
danielle darren dave david dawn deborah declan denis dennis derek diana diane dominic donald donna dorothy duncan
dylan edward eileen elaine eleanor elena elizabeth ella ellen ellie elsie emily emma eric erin ethan eva evan eve
evelyn ewan faith farah fatima fiona fatma frances francis frank fred freddie frederick freya gareth gary gavin
gemma geoffrey george georgia georgina gerald geraint gerard gillian glen glenn gloria gordon grace graeme graham
grant greg gregory gwen hamza hannah harriet harry hassan hayley heather helen henry hilary holly howard hugh
hussain ian ibrahim imran ines iqbal irene iris isaac isabel isabella isla ivan ivy jack jackie jacob jacqueline
jade jake jakub james jamie jan jane janet janice jasmine jason jean jeffrey jennifer jenny jeremy jessica jill jim
joan joanna joanne joe joel john jonathan jordan jose joseph josh joshua joyce juan judith julia julian julie june
justin kamran karen karl kate katherine kathleen kathryn katie katy kayleigh keith kelly ken kenneth kerry kevin
khadija khalid kieran kim kirsty kyle lara laura lauren lawrence leah leanne lee leo leon leslie lewis liam lily
linda lisa liz lorraine louis louise lucy luke lydia lynn lynne maciej madison maggie malcolm marcin marcus margaret
maria marian marie marilyn marion mark marta martha martin mary maryam matthew maureen maurice max maya megan
melanie melissa mia michael michal michelle mick mike millie miriam mo mohamed mohammad mohammed molly monica
muhammad mustafa nadia naomi natalie natasha nathan neil niall nicholas nick nicola nicole nigel nikita noah noor
norman oliver olivia omar oscar owen pamela patricia patrick paul paula pauline pawel peggy penelope peter philip
phillip phoebe piotr poppy priya rachael rachel rajesh ralph raymond rebecca reece rhian rhys richard rita robert
robin roger ronald rosa rose rosie ross roy ruby russell ruth ryan sabrina sadia saeed sally sam samantha samuel
sana sandra sara sarah scarlett scott sean sebastian shane shannon sharon shaun sheila shirley sian simon sofia
sophia sophie stacey stefan stella stephanie stephen steve steven stewart stuart sunita susan suzanne sylvia tahir
tanya tara tariq terence teresa terry theo theresa thomas tim timothy tina toby tom tomasz tony tracey tracy usman
valerie vera veronica vikram vincent violet wayne wendy william winifred yasmin yusuf yvonne zachary zain zainab
zara zoe
"""
_PLACES: Final = """
ward park road street lane avenue hill north east south west central green town village heath common house school
church hall wood woods valley bridge field fields moor end cross gate court team police council trust centre center
hospital station close drive way square place gardens estate farm mill bay island rural urban upper lower within
college academy primary nursery surgery club inn hotel arms ltd limited plc and of the with street's ward's
"""
_FLAGS: Final = """
yes no y n true false t f known unknown none nil named identified unidentified male female m adult adults child
children juvenile youth person people individual business organisation organization company corporate state crown
police public other society repeat vulnerable not stated recorded available applicable specific and or of the no-one
nobody shop store stranger acquaintance partner ex-partner family
"""

#: Common given names, lower case.
GIVEN_NAMES: Final = frozenset(_NAMES.split())
#: Words that stand in names of places and organisations and hardly ever in those of persons.
PLACE_WORDS: Final = frozenset(_PLACES.split())
#: What stands under a role where the column says whether there was one, or of what kind.
FLAG_WORDS: Final = frozenset(_FLAGS.split())
