"""What a driver is told to do, in the four languages of the lane; only what he must do, in simple words."""

WAIT = {
    "driver_zh": "請停車等候，勿移動車輛",
    "driver_en": "Stop and wait. Do not move.",
    "driver_vi": "Dừng xe và chờ. Không di chuyển.",
    "driver_id": "Berhenti dan tunggu. Jangan bergerak.",
}
OFFICE = {
    "driver_zh": "請靠邊停車，等候關員",
    "driver_en": "Pull over and wait for the officer.",
    "driver_vi": "Tấp xe vào lề và chờ cán bộ hải quan.",
    "driver_id": "Menepi dan tunggu petugas bea cukai.",
}
