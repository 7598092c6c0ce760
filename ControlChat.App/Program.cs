using ControlChat.App;

return await ControlChatProgram.RunAsync(args);
