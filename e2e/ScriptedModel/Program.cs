Console.Error.WriteLine("usage: ScriptedModel PORT");
return 64;
