// A dense layer of WAGE in hardware, against a trace: sums of weights times inputs, ReLU, and Q_A: 2^-SHIFT of it, ties to even, at most LIMIT.
// Weights and inputs are 8 bits, sums 32; weights lie as [OUTPUTS][INPUTS], inputs as [SAMPLES][INPUTS].
module dense #(
    parameter INPUTS = 1, OUTPUTS = 1, SHIFT = 1, LIMIT = 127
) (
    input clock, start,
    input signed [7:0] x, w,
    output reg signed [31:0] sum,
    output signed [7:0] y
);
    always @(posedge clock) sum <= (start ? 32'sd0 : sum) + x * w;      // one product a cycle

    wire [31:0] positive = sum[31] ? 32'd0 : sum;
    wire [31:0] floor = positive >> SHIFT;
    wire [31:0] rest = positive & ((32'd1 << SHIFT) - 1);
    wire [31:0] half = 32'd1 << (SHIFT - 1);
    wire [31:0] nearest = floor + (rest > half || (rest == half && floor[0]));
    assign y = nearest > LIMIT ? LIMIT : nearest[7:0];
endmodule

module bench;
    parameter INPUTS = 1, OUTPUTS = 1, SAMPLES = 1, SHIFT = 1, LIMIT = 127;
    reg signed [7:0] x [0:SAMPLES * INPUTS - 1];
    reg signed [7:0] w [0:OUTPUTS * INPUTS - 1];
    reg signed [31:0] sums [0:SAMPLES * OUTPUTS - 1];
    reg signed [7:0] ys [0:SAMPLES * OUTPUTS - 1];
    reg clock = 0, start = 0;
    reg signed [7:0] xi = 0, wi = 0;
    wire signed [31:0] sum;
    wire signed [7:0] y;
    integer s, o, i, wrong = 0;
    dense #(INPUTS, OUTPUTS, SHIFT, LIMIT) layer(clock, start, xi, wi, sum, y);

    initial begin
        $readmemh("inputs.hex", x);
        $readmemh("weights.hex", w);
        $readmemh("accumulators.hex", sums);
        $readmemh("activations.hex", ys);
        for (s = 0; s < SAMPLES; s = s + 1)
            for (o = 0; o < OUTPUTS; o = o + 1) begin
                for (i = 0; i < INPUTS; i = i + 1) begin
                    start = i == 0;
                    xi = x[s * INPUTS + i];
                    wi = w[o * INPUTS + i];
                    #1 clock = 1;
                    #1 clock = 0;
                end
                if (sum !== sums[s * OUTPUTS + o] || y !== ys[s * OUTPUTS + o]) wrong = wrong + 1;
            end
        $display("%0d outputs, %0d wrong", SAMPLES * OUTPUTS, wrong);
        $finish;
    end
endmodule
