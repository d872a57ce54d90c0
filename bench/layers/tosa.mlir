func.func private @layer(%arg0: tensor<1x8x64xf16>, %arg1: tensor<64xf16>, %arg2: tensor<64x64xf16>, %arg3: tensor<1x8x16xf16>, %arg4: tensor<1x8x16xf16>, %arg5: tensor<32x64xf16>, %arg6: tensor<1x1x8x8xf16>, %arg7: tensor<32x64xf16>, %arg8: tensor<64x64xf16>, %arg9: tensor<64xf16>, %arg10: tensor<96x64xf16>, %arg11: tensor<96x64xf16>, %arg12: tensor<64x96xf16>) -> tensor<1x8x64xf16> {
  %0 = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %1 = tosa.const_shape  {values = dense<[1, 1, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %2 = tosa.const_shape  {values = dense<[8, 64]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %3 = "tosa.const"() <{values = dense<0.000000e+00> : tensor<1xf16>}> : () -> tensor<1xf16>
  %4 = tosa.const_shape  {values = dense<[1, 8, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %5 = tosa.const_shape  {values = dense<[1, 64, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %6 = tosa.const_shape  {values = dense<[1, 8, 4, 16]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %7 = tosa.const_shape  {values = dense<[1, 64, 32]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %8 = tosa.const_shape  {values = dense<[8, 32]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %9 = tosa.const_shape  {values = dense<[1, 8, 2, 16]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %10 = tosa.const_shape  {values = dense<[1, 1, 8, 16]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %11 = tosa.const_shape  {values = dense<[1, 4, 8, 8]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %12 = tosa.const_shape  {values = dense<0> : tensor<4xindex>} : () -> !tosa.shape<4>
  %13 = tosa.const_shape  {values = dense<[0, 0, 0, 8]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %14 = tosa.const_shape  {values = dense<[1, 2, 8, 8]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %15 = tosa.const_shape  {values = dense<[1, 2, 1, 8, 16]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %16 = tosa.const_shape  {values = dense<[1, 1, 2, 1, 1]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %17 = tosa.const_shape  {values = dense<[1, 4, 8, 16]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %18 = tosa.const_shape  {values = dense<[4, 8, 16]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %19 = tosa.const_shape  {values = dense<[4, 16, 8]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %20 = tosa.const_shape  {values = dense<[4, 8, 8]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %21 = tosa.const_shape  {values = dense<[1, 64, 96]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %22 = tosa.const_shape  {values = dense<[8, 96]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %23 = tosa.const_shape  {values = dense<[1, 8, 96]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %24 = tosa.const_shape  {values = dense<[1, 96, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %25 = "tosa.const"() <{values = dense<2.000000e+00> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %26 = "tosa.const"() <{values = dense<1.562500e-02> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %27 = "tosa.const"() <{values = dense<9.99999997E-7> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %28 = "tosa.const"() <{values = dense<2.500000e-01> : tensor<1x1x1x1xf16>}> : () -> tensor<1x1x1x1xf16>
  %29 = tosa.cast %arg0 : (tensor<1x8x64xf16>) -> tensor<1x8x64xf32>
  %30 = tosa.pow %29, %25 : (tensor<1x8x64xf32>, tensor<1x1x1xf32>) -> tensor<1x8x64xf32>
  %31 = tosa.reduce_sum %30 {axis = 2 : i32} : (tensor<1x8x64xf32>) -> tensor<1x8x1xf32>
  %32 = tosa.mul %31, %26, %0 : (tensor<1x8x1xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<1x8x1xf32>
  %33 = tosa.add %32, %27 : (tensor<1x8x1xf32>, tensor<1x1x1xf32>) -> tensor<1x8x1xf32>
  %34 = tosa.rsqrt %33 : (tensor<1x8x1xf32>) -> tensor<1x8x1xf32>
  %35 = tosa.mul %29, %34, %0 : (tensor<1x8x64xf32>, tensor<1x8x1xf32>, tensor<1xi8>) -> tensor<1x8x64xf32>
  %36 = tosa.cast %35 : (tensor<1x8x64xf32>) -> tensor<1x8x64xf16>
  %37 = tosa.reshape %arg1, %1 : (tensor<64xf16>, !tosa.shape<3>) -> tensor<1x1x64xf16>
  %38 = tosa.mul %37, %36, %0 : (tensor<1x1x64xf16>, tensor<1x8x64xf16>, tensor<1xi8>) -> tensor<1x8x64xf16>
  %39 = tosa.transpose %arg2 {perms = array<i32: 1, 0>} : (tensor<64x64xf16>) -> tensor<64x64xf16>
  %40 = tosa.reshape %39, %5 : (tensor<64x64xf16>, !tosa.shape<3>) -> tensor<1x64x64xf16>
  %41 = tosa.matmul %38, %40, %3, %3 : (tensor<1x8x64xf16>, tensor<1x64x64xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<1x8x64xf32>
  %42 = tosa.reshape %41, %2 : (tensor<1x8x64xf32>, !tosa.shape<2>) -> tensor<8x64xf32>
  %43 = tosa.cast %42 : (tensor<8x64xf32>) -> tensor<8x64xf16>
  %44 = tosa.reshape %43, %6 : (tensor<8x64xf16>, !tosa.shape<4>) -> tensor<1x8x4x16xf16>
  %45 = tosa.transpose %44 {perms = array<i32: 0, 2, 1, 3>} : (tensor<1x8x4x16xf16>) -> tensor<1x4x8x16xf16>
  %46 = tosa.transpose %arg5 {perms = array<i32: 1, 0>} : (tensor<32x64xf16>) -> tensor<64x32xf16>
  %47 = tosa.reshape %46, %7 : (tensor<64x32xf16>, !tosa.shape<3>) -> tensor<1x64x32xf16>
  %48 = tosa.matmul %38, %47, %3, %3 : (tensor<1x8x64xf16>, tensor<1x64x32xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<1x8x32xf32>
  %49 = tosa.reshape %48, %8 : (tensor<1x8x32xf32>, !tosa.shape<2>) -> tensor<8x32xf32>
  %50 = tosa.cast %49 : (tensor<8x32xf32>) -> tensor<8x32xf16>
  %51 = tosa.reshape %50, %9 : (tensor<8x32xf16>, !tosa.shape<4>) -> tensor<1x8x2x16xf16>
  %52 = tosa.transpose %51 {perms = array<i32: 0, 2, 1, 3>} : (tensor<1x8x2x16xf16>) -> tensor<1x2x8x16xf16>
  %53 = tosa.transpose %arg7 {perms = array<i32: 1, 0>} : (tensor<32x64xf16>) -> tensor<64x32xf16>
  %54 = tosa.reshape %53, %7 : (tensor<64x32xf16>, !tosa.shape<3>) -> tensor<1x64x32xf16>
  %55 = tosa.matmul %38, %54, %3, %3 : (tensor<1x8x64xf16>, tensor<1x64x32xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<1x8x32xf32>
  %56 = tosa.reshape %55, %8 : (tensor<1x8x32xf32>, !tosa.shape<2>) -> tensor<8x32xf32>
  %57 = tosa.cast %56 : (tensor<8x32xf32>) -> tensor<8x32xf16>
  %58 = tosa.reshape %57, %9 : (tensor<8x32xf16>, !tosa.shape<4>) -> tensor<1x8x2x16xf16>
  %59 = tosa.transpose %58 {perms = array<i32: 0, 2, 1, 3>} : (tensor<1x8x2x16xf16>) -> tensor<1x2x8x16xf16>
  %60 = tosa.reshape %arg3, %10 : (tensor<1x8x16xf16>, !tosa.shape<4>) -> tensor<1x1x8x16xf16>
  %61 = tosa.reshape %arg4, %10 : (tensor<1x8x16xf16>, !tosa.shape<4>) -> tensor<1x1x8x16xf16>
  %62 = tosa.mul %45, %60, %0 : (tensor<1x4x8x16xf16>, tensor<1x1x8x16xf16>, tensor<1xi8>) -> tensor<1x4x8x16xf16>
  %63 = tosa.slice %45, %12, %11 : (tensor<1x4x8x16xf16>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x4x8x8xf16>
  %64 = tosa.slice %45, %13, %11 : (tensor<1x4x8x16xf16>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x4x8x8xf16>
  %65 = tosa.negate %64, %3, %3 : (tensor<1x4x8x8xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<1x4x8x8xf16>
  %66 = tosa.concat %65, %63 {axis = 3 : i32} : (tensor<1x4x8x8xf16>, tensor<1x4x8x8xf16>) -> tensor<1x4x8x16xf16>
  %67 = tosa.mul %66, %61, %0 : (tensor<1x4x8x16xf16>, tensor<1x1x8x16xf16>, tensor<1xi8>) -> tensor<1x4x8x16xf16>
  %68 = tosa.add %62, %67 : (tensor<1x4x8x16xf16>, tensor<1x4x8x16xf16>) -> tensor<1x4x8x16xf16>
  %69 = tosa.mul %52, %60, %0 : (tensor<1x2x8x16xf16>, tensor<1x1x8x16xf16>, tensor<1xi8>) -> tensor<1x2x8x16xf16>
  %70 = tosa.slice %52, %12, %14 : (tensor<1x2x8x16xf16>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x2x8x8xf16>
  %71 = tosa.slice %52, %13, %14 : (tensor<1x2x8x16xf16>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x2x8x8xf16>
  %72 = tosa.negate %71, %3, %3 : (tensor<1x2x8x8xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<1x2x8x8xf16>
  %73 = tosa.concat %72, %70 {axis = 3 : i32} : (tensor<1x2x8x8xf16>, tensor<1x2x8x8xf16>) -> tensor<1x2x8x16xf16>
  %74 = tosa.mul %73, %61, %0 : (tensor<1x2x8x16xf16>, tensor<1x1x8x16xf16>, tensor<1xi8>) -> tensor<1x2x8x16xf16>
  %75 = tosa.add %69, %74 : (tensor<1x2x8x16xf16>, tensor<1x2x8x16xf16>) -> tensor<1x2x8x16xf16>
  %76 = tosa.reshape %75, %15 : (tensor<1x2x8x16xf16>, !tosa.shape<5>) -> tensor<1x2x1x8x16xf16>
  %77 = tosa.tile %76, %16 : (tensor<1x2x1x8x16xf16>, !tosa.shape<5>) -> tensor<1x2x2x8x16xf16>
  %78 = tosa.reshape %77, %17 : (tensor<1x2x2x8x16xf16>, !tosa.shape<4>) -> tensor<1x4x8x16xf16>
  %79 = tosa.reshape %59, %15 : (tensor<1x2x8x16xf16>, !tosa.shape<5>) -> tensor<1x2x1x8x16xf16>
  %80 = tosa.tile %79, %16 : (tensor<1x2x1x8x16xf16>, !tosa.shape<5>) -> tensor<1x2x2x8x16xf16>
  %81 = tosa.transpose %78 {perms = array<i32: 0, 1, 3, 2>} : (tensor<1x4x8x16xf16>) -> tensor<1x4x16x8xf16>
  %82 = tosa.reshape %68, %18 : (tensor<1x4x8x16xf16>, !tosa.shape<3>) -> tensor<4x8x16xf16>
  %83 = tosa.reshape %81, %19 : (tensor<1x4x16x8xf16>, !tosa.shape<3>) -> tensor<4x16x8xf16>
  %84 = tosa.matmul %82, %83, %3, %3 : (tensor<4x8x16xf16>, tensor<4x16x8xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<4x8x8xf32>
  %85 = tosa.cast %84 : (tensor<4x8x8xf32>) -> tensor<4x8x8xf16>
  %86 = tosa.reshape %85, %11 : (tensor<4x8x8xf16>, !tosa.shape<4>) -> tensor<1x4x8x8xf16>
  %87 = tosa.mul %86, %28, %0 : (tensor<1x4x8x8xf16>, tensor<1x1x1x1xf16>, tensor<1xi8>) -> tensor<1x4x8x8xf16>
  %88 = tosa.add %87, %arg6 : (tensor<1x4x8x8xf16>, tensor<1x1x8x8xf16>) -> tensor<1x4x8x8xf16>
  %89 = tosa.cast %88 : (tensor<1x4x8x8xf16>) -> tensor<1x4x8x8xf32>
  %90 = tosa.reduce_max %89 {axis = 3 : i32} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x1xf32>
  %91 = tosa.sub %89, %90 : (tensor<1x4x8x8xf32>, tensor<1x4x8x1xf32>) -> tensor<1x4x8x8xf32>
  %92 = tosa.exp %91 : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %93 = tosa.reduce_sum %92 {axis = 3 : i32} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x1xf32>
  %94 = tosa.reciprocal %93 : (tensor<1x4x8x1xf32>) -> tensor<1x4x8x1xf32>
  %95 = tosa.mul %92, %94, %0 : (tensor<1x4x8x8xf32>, tensor<1x4x8x1xf32>, tensor<1xi8>) -> tensor<1x4x8x8xf32>
  %96 = tosa.cast %95 : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf16>
  %97 = tosa.reshape %96, %20 : (tensor<1x4x8x8xf16>, !tosa.shape<3>) -> tensor<4x8x8xf16>
  %98 = tosa.reshape %80, %18 : (tensor<1x2x2x8x16xf16>, !tosa.shape<3>) -> tensor<4x8x16xf16>
  %99 = tosa.matmul %97, %98, %3, %3 : (tensor<4x8x8xf16>, tensor<4x8x16xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<4x8x16xf32>
  %100 = tosa.cast %99 : (tensor<4x8x16xf32>) -> tensor<4x8x16xf16>
  %101 = tosa.reshape %100, %17 : (tensor<4x8x16xf16>, !tosa.shape<4>) -> tensor<1x4x8x16xf16>
  %102 = tosa.transpose %101 {perms = array<i32: 0, 2, 1, 3>} : (tensor<1x4x8x16xf16>) -> tensor<1x8x4x16xf16>
  %103 = tosa.reshape %102, %4 : (tensor<1x8x4x16xf16>, !tosa.shape<3>) -> tensor<1x8x64xf16>
  %104 = tosa.transpose %arg8 {perms = array<i32: 1, 0>} : (tensor<64x64xf16>) -> tensor<64x64xf16>
  %105 = tosa.reshape %104, %5 : (tensor<64x64xf16>, !tosa.shape<3>) -> tensor<1x64x64xf16>
  %106 = tosa.matmul %103, %105, %3, %3 : (tensor<1x8x64xf16>, tensor<1x64x64xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<1x8x64xf32>
  %107 = tosa.reshape %106, %2 : (tensor<1x8x64xf32>, !tosa.shape<2>) -> tensor<8x64xf32>
  %108 = tosa.cast %107 : (tensor<8x64xf32>) -> tensor<8x64xf16>
  %109 = tosa.reshape %108, %4 : (tensor<8x64xf16>, !tosa.shape<3>) -> tensor<1x8x64xf16>
  %110 = tosa.add %arg0, %109 : (tensor<1x8x64xf16>, tensor<1x8x64xf16>) -> tensor<1x8x64xf16>
  %111 = tosa.cast %110 : (tensor<1x8x64xf16>) -> tensor<1x8x64xf32>
  %112 = tosa.pow %111, %25 : (tensor<1x8x64xf32>, tensor<1x1x1xf32>) -> tensor<1x8x64xf32>
  %113 = tosa.reduce_sum %112 {axis = 2 : i32} : (tensor<1x8x64xf32>) -> tensor<1x8x1xf32>
  %114 = tosa.mul %113, %26, %0 : (tensor<1x8x1xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<1x8x1xf32>
  %115 = tosa.add %114, %27 : (tensor<1x8x1xf32>, tensor<1x1x1xf32>) -> tensor<1x8x1xf32>
  %116 = tosa.rsqrt %115 : (tensor<1x8x1xf32>) -> tensor<1x8x1xf32>
  %117 = tosa.mul %111, %116, %0 : (tensor<1x8x64xf32>, tensor<1x8x1xf32>, tensor<1xi8>) -> tensor<1x8x64xf32>
  %118 = tosa.cast %117 : (tensor<1x8x64xf32>) -> tensor<1x8x64xf16>
  %119 = tosa.reshape %arg9, %1 : (tensor<64xf16>, !tosa.shape<3>) -> tensor<1x1x64xf16>
  %120 = tosa.mul %119, %118, %0 : (tensor<1x1x64xf16>, tensor<1x8x64xf16>, tensor<1xi8>) -> tensor<1x8x64xf16>
  %121 = tosa.transpose %arg10 {perms = array<i32: 1, 0>} : (tensor<96x64xf16>) -> tensor<64x96xf16>
  %122 = tosa.reshape %121, %21 : (tensor<64x96xf16>, !tosa.shape<3>) -> tensor<1x64x96xf16>
  %123 = tosa.matmul %120, %122, %3, %3 : (tensor<1x8x64xf16>, tensor<1x64x96xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<1x8x96xf32>
  %124 = tosa.reshape %123, %22 : (tensor<1x8x96xf32>, !tosa.shape<2>) -> tensor<8x96xf32>
  %125 = tosa.cast %124 : (tensor<8x96xf32>) -> tensor<8x96xf16>
  %126 = tosa.reshape %125, %23 : (tensor<8x96xf16>, !tosa.shape<3>) -> tensor<1x8x96xf16>
  %127 = tosa.cast %126 : (tensor<1x8x96xf16>) -> tensor<1x8x96xf32>
  %128 = tosa.sigmoid %127 : (tensor<1x8x96xf32>) -> tensor<1x8x96xf32>
  %129 = tosa.mul %127, %128, %0 : (tensor<1x8x96xf32>, tensor<1x8x96xf32>, tensor<1xi8>) -> tensor<1x8x96xf32>
  %130 = tosa.cast %129 : (tensor<1x8x96xf32>) -> tensor<1x8x96xf16>
  %131 = tosa.transpose %arg11 {perms = array<i32: 1, 0>} : (tensor<96x64xf16>) -> tensor<64x96xf16>
  %132 = tosa.reshape %131, %21 : (tensor<64x96xf16>, !tosa.shape<3>) -> tensor<1x64x96xf16>
  %133 = tosa.matmul %120, %132, %3, %3 : (tensor<1x8x64xf16>, tensor<1x64x96xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<1x8x96xf32>
  %134 = tosa.reshape %133, %22 : (tensor<1x8x96xf32>, !tosa.shape<2>) -> tensor<8x96xf32>
  %135 = tosa.cast %134 : (tensor<8x96xf32>) -> tensor<8x96xf16>
  %136 = tosa.reshape %135, %23 : (tensor<8x96xf16>, !tosa.shape<3>) -> tensor<1x8x96xf16>
  %137 = tosa.mul %130, %136, %0 : (tensor<1x8x96xf16>, tensor<1x8x96xf16>, tensor<1xi8>) -> tensor<1x8x96xf16>
  %138 = tosa.transpose %arg12 {perms = array<i32: 1, 0>} : (tensor<64x96xf16>) -> tensor<96x64xf16>
  %139 = tosa.reshape %138, %24 : (tensor<96x64xf16>, !tosa.shape<3>) -> tensor<1x96x64xf16>
  %140 = tosa.matmul %137, %139, %3, %3 : (tensor<1x8x96xf16>, tensor<1x96x64xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<1x8x64xf32>
  %141 = tosa.reshape %140, %2 : (tensor<1x8x64xf32>, !tosa.shape<2>) -> tensor<8x64xf32>
  %142 = tosa.cast %141 : (tensor<8x64xf32>) -> tensor<8x64xf16>
  %143 = tosa.reshape %142, %4 : (tensor<8x64xf16>, !tosa.shape<3>) -> tensor<1x8x64xf16>
  %144 = tosa.add %110, %143 : (tensor<1x8x64xf16>, tensor<1x8x64xf16>) -> tensor<1x8x64xf16>
  return %144 : tensor<1x8x64xf16>
}
