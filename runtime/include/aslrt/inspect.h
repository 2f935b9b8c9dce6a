/* What the emitted C of a state that is tested by itself calls beside machine.h.
 *
 * Such a program runs one state of a workflow as often as it is called to, on inputs, mocks
 * and context objects of the calls, and answers as AWS's TestState does: `aslc test-state`
 * makes it.  What the state computes on its way is told by asl_inspect; a Task, Parallel or
 * Map asks for its mock here.
 */
#ifndef ASLRT_INSPECT_H
#define ASLRT_INSPECT_H

#include <aslrt/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The steps of a state, as TestState's inspectionData names them. */
enum asl_inspected {
    ASL_INSPECT_INPUT_PATH,      /* afterInputPath */
    ASL_INSPECT_PARAMETERS,      /* afterParameters */
    ASL_INSPECT_ARGUMENTS,       /* afterArguments */
    ASL_INSPECT_ITEMS_PATH,      /* afterItemsPath */
    ASL_INSPECT_ITEMS_POINTER,   /* afterItemsPointer */
    ASL_INSPECT_ITEM_SELECTOR,   /* afterItemSelector */
    ASL_INSPECT_ITEM_BATCHER,    /* afterItemBatcher */
    ASL_INSPECT_RESULT,          /* result */
    ASL_INSPECT_RESULT_SELECTOR, /* afterResultSelector */
    ASL_INSPECT_RESULT_PATH,     /* afterResultPath */
    ASL_INSPECT_COUNT
};

/* What there is to know of the tested state. */
typedef struct asl_tested {
    uint8_t type;         /* enum asl_state_type */
    const asl_task *task; /* Task */
    uint32_t branches;    /* Parallel: how many */
    bool reads, writes;   /* Map: has an ItemReader, a ResultWriter */
    bool counts, rates;   /* Map: ToleratedFailureCount, ToleratedFailurePercentage is given */
} asl_tested;

/* The step WHAT has given V. */
void asl_inspect(asl_frame *f, enum asl_inspected what, asl_value v);
/* First in the state: whether it has been entered before.  The first time, the variables
 * of the call are set. */
bool asl_inspect_again(asl_frame *f);
/* In place of asl_call, asl_parallel_run and asl_map_run: go on at DONE with the mock, or
 * raise its error.  A Task without one is called. */
asl_next asl_inspect_call(asl_frame *f, const asl_task *task, asl_value input, uint32_t done);
asl_next asl_inspect_parallel(asl_frame *f, asl_value input, uint32_t done);
asl_next asl_inspect_map(asl_frame *f, uint32_t done);
/* The items of a Map whose ItemReader would have read what the call gives; POINTER is its
 * ItemsPointer, or NULL.  Or the error to raise. */
asl_value asl_inspect_items(asl_frame *f, const char *pointer);

/* The main function: reads calls, prints answers. */
int asl_test_state_main(int argc, char **argv, const asl_program_def *program,
                        const asl_tested *tested);

#ifdef __cplusplus
}
#endif
#endif
