using ControlChat.Bench;

return await BenchProgram.RunAsync(args);
