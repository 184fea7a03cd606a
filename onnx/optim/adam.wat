;; One step of AdamW (arXiv 1711.05101) and of the moving average, in place, over arrays of float32 that lie in one memory:
;;
;;   g = scale · gradient
;;   m ← β₁ m + (1 − β₁) g
;;   v ← β₂ v + (1 − β₂) g g
;;   w ← kept · w − stride · m / (√v · inverse + ε)
;;   a ← μ a + (1 − μ) w
;;
;; Two weights at a time, every operation in double precision and in the order above: the same bits as a loop in
;; JavaScript gives, in a third of its time. adam.ts says what the factors are.
(module
  (memory (import "adam" "memory") 1)
  (func (export "update")
    ;; Where each array begins, in bytes, and how many bytes each has. Behind an odd number of weights there is room for
    ;; one more.
    (param $weights i32) (param $average i32) (param $first i32) (param $second i32) (param $gradient i32)
    (param $bytes i32)
    (param $scale f64) (param $beta1 f64) (param $beta2 f64)
    (param $stride f64) (param $inverse f64) (param $kept f64) (param $mu f64)
    (local $at i32)
    (local $g v128) (local $m v128) (local $v v128) (local $w v128)
    (loop $next
      (local.set $g (f64x2.mul
        (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $gradient) (local.get $at))))
        (f64x2.splat (local.get $scale))))

      (local.set $m (f64x2.add
        (f64x2.mul
          (f64x2.splat (local.get $beta1))
          (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $first) (local.get $at)))))
        (f64x2.mul
          (f64x2.splat (f64.sub (f64.const 1) (local.get $beta1)))
          (local.get $g))))
      (v128.store64_lane 0 (i32.add (local.get $first) (local.get $at)) (f32x4.demote_f64x2_zero (local.get $m)))

      (local.set $v (f64x2.add
        (f64x2.mul
          (f64x2.splat (local.get $beta2))
          (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $second) (local.get $at)))))
        (f64x2.mul
          (f64x2.mul (f64x2.splat (f64.sub (f64.const 1) (local.get $beta2))) (local.get $g))
          (local.get $g))))
      (v128.store64_lane 0 (i32.add (local.get $second) (local.get $at)) (f32x4.demote_f64x2_zero (local.get $v)))

      (local.set $w (f64x2.sub
        (f64x2.mul
          (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $weights) (local.get $at))))
          (f64x2.splat (local.get $kept)))
        (f64x2.div
          (f64x2.mul (f64x2.splat (local.get $stride)) (local.get $m))
          (f64x2.add
            (f64x2.mul (f64x2.sqrt (local.get $v)) (f64x2.splat (local.get $inverse)))
            (f64x2.splat (f64.const 1e-8))))))
      (v128.store64_lane 0 (i32.add (local.get $weights) (local.get $at)) (f32x4.demote_f64x2_zero (local.get $w)))

      (v128.store64_lane 0 (i32.add (local.get $average) (local.get $at)) (f32x4.demote_f64x2_zero (f64x2.add
        (f64x2.mul
          (f64x2.splat (local.get $mu))
          (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $average) (local.get $at)))))
        (f64x2.mul
          (f64x2.splat (f64.sub (f64.const 1) (local.get $mu)))
          (local.get $w)))))

      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (local.get $bytes))))))
