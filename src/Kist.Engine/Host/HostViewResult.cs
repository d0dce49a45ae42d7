using Kist.Runtime;

namespace Kist.Engine.Host;

/// <summary>How much a <see cref="HostNote"/> matters.</summary>
public enum HostNoteKind
{
    /// <summary>For <c>kist info</c> and <c>explain</c>: what is shown read-only, which nobody misses in most runs.</summary>
    Detail,
    /// <summary>For every run: the user would look for what is not there.</summary>
    Warning,
}

/// <summary>A sentence for the user about what the view does not have.</summary>
public readonly record struct HostNote(HostNoteKind Kind, string Text);

/// <summary>This machine as <c>@host</c> shows it.</summary>
/// <param name="Root">The parts, in the order in which they are made.</param>
/// <param name="MaskedPaths">What is there on this machine and is to be hidden in the view: linux.maskedPaths.</param>
/// <param name="Notes">What cannot be shown, and how to get what is not.</param>
/// <param name="CurrentDirectoryShown">Whether the command can start where its caller is.</param>
/// <param name="Home">The home directory, empty and writable; null if there is none to be had.</param>
public sealed record HostViewResult(
    RootView Root, IReadOnlyList<string> MaskedPaths, IReadOnlyList<HostNote> Notes, bool CurrentDirectoryShown, string? Home);
