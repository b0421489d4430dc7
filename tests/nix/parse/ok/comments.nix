#! a script may begin like this
/**/ [ /***/ 1 /* a * b ** / */ 2 # until the line ends
/** for documentation */ 3 /*/ not closed by its own slash */ 4
#
]# at the end