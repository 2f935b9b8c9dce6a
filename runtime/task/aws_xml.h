/* XML as AWS's services speak it: documents read into a tree, values made of that by a
 * model, and values written. */
#ifndef ASL_TASK_AWS_XML_H
#define ASL_TASK_AWS_XML_H

#include "task/aws_model.h"

/* Elements nested deeper than this are refused. */
#define ASL__XML_MAX_DEPTH 256

typedef struct asl__xml asl__xml;
struct asl__xml {
    const char *name; /* without a namespace's prefix; terminated */
    const char *text; /* of an element without elements in it; "" */
    size_t len;
    asl__xml *first, *last; /* the elements in it */
    asl__xml *next;
};

/* Reads a document; NULL if it is none (one with a DTD is none), or without memory. */
asl__xml *asl__xml_parse(asl_region *region, const char *text, size_t len);
/* The element of that name in NODE (NULL is allowed), or NULL. */
const asl__xml *asl__xml_child(const asl__xml *node, const char *name);

/* The structure that NODE is, by the model, as the workflow sees it. */
asl_value asl__aws_from_xml(const asl__aws_side *side, const char *parent,
                            const asl__xml *node);
/* Text of one value of KINDS (of a header, too). */
asl_value asl__aws_leaf(const asl__aws_side *side, char kind, const char *text,
                        size_t len);

/* Appends the element NAME with V, a workflow's value of KINDS and ITEMS. */
void asl__aws_to_xml(const asl__aws_side *side, struct asl__buf *out,
                     const asl__aws_name *name, const char *attribute, asl_value v);
/* Appends V to a form of the query protocols, under PREFIX ("": the top). */
void asl__aws_to_form(const asl__aws_side *side, struct asl__buf *out, asl_value v);
/* V, of KIND, as a text on the wire (a leaf of XML, of a form, of a URI). */
asl_value asl__aws_leaf_text(const asl__aws_side *side, char kind, asl_value v);

#endif
