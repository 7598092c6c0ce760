using ControlChat.Faults;

return await FaultProgram.RunAsync(args);
