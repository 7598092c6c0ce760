namespace ControlChat.Core.Sessions;

/// <summary>The ends of an agent's process, handed over by whoever started it. The driver closes the streams.</summary>
/// <param name="FromAgent">Its stdout.</param>
/// <param name="ToAgent">Its stdin.</param>
/// <param name="Exited">Ends when the process has ended; does not throw.</param>
public sealed record AgentPipes(Stream FromAgent, Stream ToAgent, Task<AgentExit> Exited);

/// <param name="Code">Null when it is not known.</param>
/// <param name="Complaint">The tail of its stderr.</param>
public sealed record AgentExit(int? Code, string Complaint);
