namespace Kist.Spec;

/// <summary>Rules between the fields of a document, which its reader cannot see.</summary>
public static partial class SpecValidator
{
    /// <summary>Checks a document as it must be to create a container.</summary>
    /// <exception cref="SpecException">The first rule that is broken.</exception>
    public static void Validate(RuntimeSpec spec)
    {
        if (spec.Root is null) throw SpecException.Missing("/root", "the root filesystem");
    }
}
