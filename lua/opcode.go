package lua

// op is an operation of the VM. R is a register, K a constant; jumps are relative
// to the next instruction.
type op uint8

const (
	opMove       op = iota // R[A] = R[B]
	opLoadK                // R[A] = K[D]
	opNil                  // R[A] … R[A+B] = nil
	opBool                 // R[A] = B != 0; jump D
	opGetUp                // R[A] = upvalue B
	opSetUp                // upvalue B = R[A]
	opGetGlobal            // R[A] = globals[K[C]], hash D
	opGetGlobalW           // R[A] = globals[K[D]]
	opSetGlobal            // globals[K[C]] = R[A], hash D
	opSetGlobalW           // globals[K[D]] = R[A]
	opGetField             // R[A] = R[B][K[C]], hash D
	opSetField             // R[A][K[C]] = R[B], hash D
	opSetFieldK            // R[A][K[C]] = K[B], hash D
	opGetIndex             // R[A] = R[B][R[C]]
	opGetInt               // R[A] = R[B][D]
	opSetIndex             // R[A][R[C]] = R[B]
	opSetInt               // R[A][D] = R[B]
	opNewTable             // R[A] = {}, room for D&0xFFFF items and D>>16 keys
	opSelf                 // R[A+1] = R[B]; R[A] = R[B][K[C]], hash D

	// Arithmetic: R[A] = B ∘ C, with B and C registers, or C a constant (RK), or B
	// a constant (KR). The order of each group is that of the events.
	opAdd
	opSub
	opMul
	opDiv
	opMod
	opPow
	opAddRK
	opSubRK
	opMulRK
	opDivRK
	opModRK
	opPowRK
	opAddKR
	opSubKR
	opMulKR
	opDivKR
	opModKR
	opPowKR

	opUnm    // R[A] = -R[B]
	opNot    // R[A] = not R[B]
	opLen    // R[A] = #R[B]
	opConcat // R[A] = R[B] .. … .. R[C]

	opJump     // jump D
	opIf       // if R[A] then jump D
	opIfNot    // if not R[A] then jump D
	opIfSet    // if R[B] then R[A] = R[B]; jump D
	opIfNotSet // if not R[B] then R[A] = R[B]; jump D

	// Comparisons: if (A ∘ B) == (C != 0) then jump D.
	opEq
	opEqRK
	opLt
	opLtRK
	opLtKR
	opLe
	opLeRK
	opLeKR

	opCall     // R[A] … = R[A](R[A+1] …): B-1 arguments, C-1 results; 0 is all
	opTailCall // return R[A](R[A+1] …): B-1 arguments
	opReturn   // return R[A] …: B-1 values; 0 is all
	opReturn0  // return
	opReturn1  // return R[A]
	opForPrep  // prepare R[A] start, R[A+1] limit, R[A+2] step; jump D to opForLoop
	opForLoop  // step; while within the limit R[A+3] = R[A], jump D
	opForIn    // begin a traversal: position R[A+3]; jump D to opForCall
	opForCall  // R[A+4] … = R[A](R[A+1], R[A+2]), C results; pairs and ipairs jump D at once
	opForTest  // if R[A+4] ~= nil then R[A+2] = R[A+4], jump D
	opSetList  // R[A][D+i] = R[A+i], 1 ≤ i ≤ B; B = 0 is up to the top
	opClose    // close the upvalues of R[A] and above
	opClosure  // R[A] = closure of function D
	opVararg   // R[A] … = the variable arguments, B-1 of them; 0 is all
	opArg      // R[A] = table of the variable arguments
)
