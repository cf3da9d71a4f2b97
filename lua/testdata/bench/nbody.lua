-- Arithmetic on fields of tables.
local sqrt = math.sqrt
local bodies = {
    {x = 0, y = 0, z = 0, vx = 0, vy = 0, vz = 0, mass = 39.47},
    {x = 4.84, y = -1.16, z = -0.10, vx = 0.606, vy = 2.81, vz = -0.02, mass = 0.037},
    {x = 8.34, y = 4.12, z = -0.4, vx = -1.01, vy = 1.82, vz = 0.008, mass = 0.011},
    {x = 12.89, y = -15.11, z = -0.22, vx = 1.08, vy = 0.86, vz = -0.01, mass = 0.0017},
    {x = 15.37, y = -25.9, z = 0.179, vx = 0.979, vy = 0.594, vz = -0.034, mass = 0.002},
}

local function advance(dt)
    local n = #bodies
    for i = 1, n do
        local b = bodies[i]
        local bx, by, bz, m = b.x, b.y, b.z, b.mass
        local vx, vy, vz = b.vx, b.vy, b.vz
        for j = i + 1, n do
            local c = bodies[j]
            local dx, dy, dz = bx - c.x, by - c.y, bz - c.z
            local d2 = dx * dx + dy * dy + dz * dz
            local mag = sqrt(d2)
            mag = dt / (mag * d2)
            local bm = c.mass * mag
            vx = vx - dx * bm
            vy = vy - dy * bm
            vz = vz - dz * bm
            bm = m * mag
            c.vx = c.vx + dx * bm
            c.vy = c.vy + dy * bm
            c.vz = c.vz + dz * bm
        end
        b.vx, b.vy, b.vz = vx, vy, vz
        b.x = bx + dt * vx
        b.y = by + dt * vy
        b.z = bz + dt * vz
    end
end

function run()
    for _ = 1, 1000 do advance(0.01) end
end
